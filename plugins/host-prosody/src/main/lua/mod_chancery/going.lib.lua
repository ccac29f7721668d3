-- What becomes of a stanza that may go on is known once whoever hands it on has come to an end: it has gone on, or, where a handler of the host has
-- failed, nobody knows how far.

local traceback = debug.traceback;

local function new(link)
	local self = {};
	local going = setmetatable({}, { __mode = "k" }); -- coroutine -> the verdict of what it hands on, with the one `before` it, or false

	-- Runs what hands a stanza on, in a coroutine. Returns what xpcall does.
	function self.watch_over(func, ...)
		local thread = coroutine.running();
		going[thread] = false;
		local ok, fault = xpcall(func, traceback, ...);
		local verdict = going[thread];
		going[thread] = nil;
		while verdict do
			link[ok and "handed_on" or "unknown"](verdict);
			verdict = verdict.before;
		end
		return ok, fault;
	end

	-- A stanza goes on with this verdict. Where nothing is watched its outcome is told at once, and leaves at the end of this tick.
	function self.on(verdict)
		local thread = coroutine.running();
		if going[thread] == nil then return link.handed_on(verdict); end
		verdict.before, going[thread] = going[thread], verdict;
	end

	return self;
end

return { new = new };
