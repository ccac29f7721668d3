-- A stream's tray: keeps, in order, what its thread is given while something ahead has no verdict yet.
--
-- Prosody hands whatever comes off a stream (stanzas, acknowledgements, the stream's end) to the session's thread, a queue with
-- a coroutine (util.async). A coroutine that waits there costs a pause of the connection, timers and two switches for each
-- stanza, and Prosody reads no more of the stream meanwhile, so that few questions are in flight. In front of the thread
-- waiting costs nothing, and the stream is read on, within bounds. While the thread itself waits nothing is passed on to it,
-- so that what was parsed is in one place, where it is counted and outlives its session. Pure: knows sessions and threads by
-- their fields only.

local MOST_WAITING = 256 * 1024; -- bytes of stanzas in one tray; with more in it, no more is read off the stream
local MOST_IN_ALL = 64 * 1024 * 1024; -- in all trays; with more in them, no more is read off any stream that waits

local function size_of(item, question)
	if question then return #question.stanza; end
	return item.attr and #tostring(item) or 0; -- else not a stanza, but the stream's end
end

-- question_of(item): the question that was asked about a stanza, with its `verdict` once there is one; else nil
-- ghost_of(session): what stands in for a session that is gone
-- bereave(ghost, question, item): takes an item whose session is gone, with its question if it has one
-- process(session, item, func): runs func(item), which is what the thread does with an item
local function new(question_of, ghost_of, bereave, process, most_in_all)
	local self = {};
	local in_all = 0;
	most_in_all = most_in_all or MOST_IN_ALL;
	local trays = setmetatable({}, { __mode = "k" }); -- session -> tray

	-- A session changes its connection: with each request of BOSH (XEP-0124), and when it is resumed (XEP-0198).
	local function read_less(tray)
		local conn = tray.session.conn;
		local too_much = tray.bytes > MOST_WAITING or (in_all > most_in_all and tray.bytes > 0);
		if not too_much or not conn then return; end
		tray.paused[conn] = true;
		conn:pause();
	end

	local function read_on(tray)
		if tray.bytes > 0 and (tray.bytes > MOST_WAITING / 2 or in_all > most_in_all) or not next(tray.paused) then return; end
		local paused = tray.paused;
		tray.paused = {};
		for conn in pairs(paused) do conn:resume(); end
	end

	local function take(tray)
		local item = tray[tray.first];
		tray[tray.first] = nil;
		tray.first = tray.first + 1;
		local question = question_of(item);
		local size = size_of(item, question);
		tray.bytes, in_all = tray.bytes - size, in_all - size;
		return item, question;
	end

	-- What a thread does is taken into its coroutine when that is made.
	local function renew(tray)
		local thread = tray.thread;
		if tray.is_to_renew and thread.state == "ready" then thread.thread, tray.is_to_renew = nil, nil; end
	end

	local function pass(tray, item)
		renew(tray);
		return tray.run(tray.thread, item);
	end

	local function advance(tray)
		while tray.first <= tray.last and tray.thread.state ~= "waiting" do
			local ahead = question_of(tray[tray.first]);
			if ahead and not ahead.verdict then break; end
			local item, question = take(tray);
			if not tray.session.destroyed then
				pass(tray, item);
			else
				bereave(tray.ghost, question, item);
			end
		end
		if tray.first > tray.last then tray.ghost = nil; end
		read_on(tray);
	end

	local function put(tray, item, question)
		tray.ghost = tray.ghost or ghost_of(tray.session);
		tray.last = tray.last + 1;
		tray[tray.last] = item;
		if question then question.on_verdict = tray.advance; end
		local size = size_of(item, question);
		tray.bytes, in_all = tray.bytes + size, in_all + size;
		read_less(tray);
	end

	-- Puts a tray in front of a session's thread; once for each thread.
	function self.watch(session)
		local thread = session.thread;
		if not thread or (trays[session] and trays[session].thread == thread) then return; end
		local tray = { session = session, thread = thread, run = thread.run, func = thread.func, first = 1, last = 0, bytes = 0, paused = {}, is_to_renew = true };
		tray.advance = function () advance(tray); end;
		trays[session] = tray;
		function thread.func(item) return process(session, item, tray.func); end
		function thread:run(item)
			local question = item and question_of(item);
			if item == nil then -- has waited, and goes on
				local ok, state, left = tray.run(self);
				read_less(tray); -- whoever has waited resumes the connection
				advance(tray);
				return ok, state, left;
			elseif tray.first > tray.last and self.state ~= "waiting" and not (question and not question.verdict) then
				return pass(tray, item);
			end
			put(tray, item, question);
			return true, "waiting", tray.last - tray.first + 1;
		end
	end

	-- Takes the tray away. All in it is passed on, what has no verdict too.
	function self.unwatch(session)
		local tray = trays[session];
		if not tray then return; end
		trays[session] = nil;
		tray.thread.run = nil; -- the one of its class again
		tray.thread.func, tray.is_to_renew = tray.func, true;
		renew(tray);
		while tray.first <= tray.last do
			pass(tray, (take(tray)));
		end
		read_on(tray);
	end

	-- Whether something of this session still waits, here or in its thread.
	function self.is_busy(session)
		local tray = trays[session];
		return session.thread.state ~= "ready" or (tray ~= nil and tray.first <= tray.last);
	end

	return self;
end

return { new = new };
