-- Who has a host act. While it deals with a command (XEP-0050), or with a message to itself, what it sends to others under its own name is made of what
-- somebody has told it: an announcement (mod_announce) has its author's words.

local traceback = debug.traceback;

local COMMAND = "iq-set/host/http://jabber.org/protocol/commands:command";

local function new()
	local self = {};
	local authors = setmetatable({}, { __mode = "k" }); -- coroutine -> who has sent what it deals with; others may run while it waits

	local function watch(handlers, name, event)
		local thread = coroutine.running();
		local outer = authors[thread];
		authors[thread] = event.stanza.attr.from;
		local ok, result = xpcall(handlers, traceback, name, event);
		authors[thread] = outer;
		if not ok then error(result, 0); end
		return result;
	end

	-- Whose words what the host sends now may be, or nil.
	function self.author()
		return authors[coroutine.running()];
	end

	function self.attach(host)
		host:wrap_event("message/host", watch);
		host:wrap_event(COMMAND, watch);
	end

	return self;
end

return { new = new };
