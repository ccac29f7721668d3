-- A stream's tray: keeps, in order, what its thread is given while something ahead has no verdict yet.
--
-- Prosody hands whatever comes off a stream (stanzas, acknowledgements, the stream's end) to the session's thread, a queue with
-- a coroutine (util.async). A coroutine that waits there costs a pause of the connection, timers and two switches for each
-- stanza, and Prosody reads no more of the stream meanwhile, so that few questions are in flight. In front of the thread
-- waiting costs nothing, and the stream is read on, within bounds. Pure: knows sessions and threads by their fields only.

local MOST_WAITING = 256 * 1024; -- bytes of stanzas in one tray; with more in it, no more is read off the stream

local function size_of(item, question)
	if question then return #question.stanza; end
	return item.attr and #tostring(item) or 0; -- else not a stanza, but the stream's end
end

-- question_of(item): the question that was asked about a stanza, with its `verdict` once there is one; else nil
-- ghost_of(session): what stands in for a session that is gone
-- bereave(ghost, question): takes an question whose session is gone
local function new(question_of, ghost_of, bereave)
	local self = {};
	local trays = setmetatable({}, { __mode = "k" }); -- session -> tray

	local function advance(tray)
		local session = tray.session;
		while tray.first <= tray.last do
			local item = tray[tray.first];
			local question = question_of(item);
			if question and not question.verdict then break; end
			tray[tray.first] = nil;
			tray.first = tray.first + 1;
			tray.bytes = tray.bytes - size_of(item, question);
			if not session.destroyed then
				tray.run(tray.thread, item);
			elseif question then
				bereave(tray.ghost, question);
			end
		end
		if tray.first > tray.last then tray.ghost = nil; end
		if tray.paused and tray.bytes <= MOST_WAITING / 2 then
			tray.paused = false;
			if session.conn then session.conn:resume(); end
		end
	end

	local function put(tray, item, question)
		local session = tray.session;
		tray.ghost = tray.ghost or ghost_of(session);
		tray.last = tray.last + 1;
		tray[tray.last] = item;
		if question then question.on_verdict = tray.advance; end
		tray.bytes = tray.bytes + size_of(item, question);
		if tray.bytes > MOST_WAITING and session.conn then
			tray.paused = true;
			session.conn:pause();
		end
	end

	-- Puts a tray in front of a session's thread; once for each thread.
	function self.watch(session)
		local thread = session.thread;
		if not thread or (trays[session] and trays[session].thread == thread) then return; end
		local tray = { session = session, thread = thread, run = thread.run, first = 1, last = 0, bytes = 0, paused = false };
		tray.advance = function () advance(tray); end;
		trays[session] = tray;
		function thread:run(item)
			local question = item and question_of(item);
			if item == nil or (tray.first > tray.last and not (question and not question.verdict)) then
				return tray.run(self, item);
			end
			put(tray, item, question);
			return true, "waiting", tray.last - tray.first + 1;
		end
	end

	-- Takes the tray away, which must be empty.
	function self.unwatch(session)
		local tray = trays[session];
		if not tray then return; end
		trays[session] = nil;
		tray.thread.run = nil; -- the one of its class again
	end

	-- Whether something of this session still waits, here or in its thread.
	function self.is_busy(session)
		local tray = trays[session];
		return session.thread.state ~= "ready" or (tray ~= nil and tray.first <= tray.last);
	end

	return self;
end

return { new = new };
