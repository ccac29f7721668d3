-- RFC 6121, section 4: presence that the host sends in a person's name to subscribers, and in answer to their probes. The
-- subscription was asked about once, but a wall may have been built since. So each is decided again, without a record, while
-- the host goes on. What is allowed is put back; what could not be decided is asked again until it is.

local st = require "util.stanza";
local add_task = require "util.timer".add_task;
local jid_bare = require "util.jid".bare;

local RETRY = 2; -- seconds

-- decide(question, callback) asks without a record; questions: makes the question; put_back(session, stanza)
local function new(decide, questions, put_back)
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
			if verdict.allowed then put_back(session, presence); end
		end);
	end

	-- Takes what the host is about to send. Returns true where it must go no further by itself.
	function self.take(session, stanza)
		local to, type = stanza.attr.to, stanza.attr.type;
		if not to or not session.full_jid or jid_bare(to) == jid_bare(session.full_jid) then return; end
		local waiting = undecided[session] or {};
		undecided[session] = waiting;
		waiting[to] = nil; -- what was to be told before is out of date
		if type ~= nil then return; end -- tells nothing that a sender could write (see doors)
		waiting[to] = st.clone(stanza); -- the host writes the next address into its own
		ask(session, waiting[to]);
		return true;
	end

	return self;
end

return { new = new };
