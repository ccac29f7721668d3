-- RFC 6121, section 4: presence that the host sends in a person's name to subscribers, and in answer to their probes. The
-- subscription was asked about once, but a wall may have been built since. So each is decided again, without a record, while
-- the host goes on. What is allowed is put back; what could not be decided is asked again until it is.
--
-- A goodbye passes where the presence has gone, and ends here where it hasn't: nobody there has anything to forget.

local st = require "util.stanza";
local add_task = require "util.timer".add_task;
local jid_bare = require "util.jid".bare;

local RETRY = 2; -- seconds

-- decide(question, callback) asks without a record; questions: makes the question; put_back(session, stanza); doors: what was shown to whom
local function new(decide, questions, put_back, doors)
	local self = {};
	local undecided = setmetatable({}, { __mode = "k" }); -- session -> address -> the newest presence for it

	local ask;
	function ask(session, presence)
		local from, to = session.full_jid, presence.attr.to;
		decide(questions.of(presence, from, to), function (verdict)
			local waiting = undecided[session];
			if session.full_jid ~= from or not waiting or waiting[to] ~= presence then return; end -- gone, or told otherwise since
			if verdict.condition == "resource-constraint" then
				add_task(RETRY, function ()
					if session.full_jid == from and waiting[to] == presence then ask(session, presence); end
				end);
				return;
			end
			waiting[to] = nil;
			if verdict.allowed then
				doors.tells(session, presence);
				put_back(session, presence);
			end
		end);
	end

	-- What was to be told is out of date.
	function self.forget(session, to)
		if undecided[session] then undecided[session][to] = nil; end
	end

	-- Takes what the host is about to send. Returns true where it must go no further by itself.
	function self.take(session, stanza)
		local to, type = stanza.attr.to, stanza.attr.type;
		if not to or not session.full_jid or jid_bare(to) == jid_bare(session.full_jid) then return; end
		if type ~= nil and type ~= "unavailable" then return; end -- probes and subscriptions that the host sends tell nothing of it
		self.forget(session, to);
		if type == "unavailable" then
			local is_shown = doors.is_shown(session, to);
			doors.tells(session, stanza);
			return not is_shown or nil;
		end
		local waiting = undecided[session] or {};
		undecided[session] = waiting;
		waiting[to] = st.clone(stanza); -- the host writes the next address into its own
		ask(session, waiting[to]);
		return true;
	end

	return self;
end

return { new = new };
