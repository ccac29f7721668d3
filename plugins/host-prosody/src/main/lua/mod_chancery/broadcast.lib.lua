-- RFC 6121, section 4: presence that the host sends in a person's name to subscribers, and in answer to their probes. The
-- subscription was asked about once, but a wall may have been built since. So each is decided again, without a record, while
-- the host goes on. What is allowed is put back; what could not be decided is asked again until it is.
--
-- A goodbye passes where the presence was delivered; else it is decided too, though its session may have ended meanwhile.

local st = require "util.stanza";
local add_task = require "util.timer".add_task;
local jid_bare = require "util.jid".bare;

local hosts, full_sessions = prosody.hosts, prosody.full_sessions;

local RETRY = 2; -- seconds
local MAX_GOODBYES = 1000; -- undecided ones that are kept while the engine is away; who is beyond sees somebody online who isn't

-- decide(question, callback) asks without a record; questions: makes the question; put_back(origin, stanza); is_shown(from, to)
local function new(decide, questions, put_back, is_shown)
	local self = {};
	local goodbyes = 0; -- undecided ones
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

	-- session: the one that has gone, or goes
	local function ask_goodbye(session, goodbye, from, host)
		decide(questions.of(goodbye, from, goodbye.attr.to), function (verdict)
			local successor = full_sessions[from];
			if successor and successor ~= session then return; end -- here again under the same address
			if verdict.allowed then return put_back(host, goodbye); end
			if verdict.condition ~= "resource-constraint" or goodbyes == MAX_GOODBYES then return; end
			goodbyes = goodbyes + 1;
			add_task(RETRY, function ()
				goodbyes = goodbyes - 1;
				ask_goodbye(session, goodbye, from, host);
			end);
		end);
	end

	-- Takes what the host is about to send. Returns true where it must go no further by itself.
	function self.take(session, stanza)
		local to, type = stanza.attr.to, stanza.attr.type;
		if not to or not session.full_jid or jid_bare(to) == jid_bare(session.full_jid) then return; end
		local waiting = undecided[session] or {};
		undecided[session] = waiting;
		waiting[to] = nil; -- what was to be told before is out of date
		if type == "unavailable" and not is_shown(session.full_jid, to) then
			ask_goodbye(session, st.clone(stanza), session.full_jid, hosts[session.host]);
			return true;
		end
		if type ~= nil then return; end -- tells nothing that a sender could write (see doors)
		waiting[to] = st.clone(stanza); -- the host writes the next address into its own
		ask(session, waiting[to]);
		return true;
	end

	return self;
end

return { new = new };
