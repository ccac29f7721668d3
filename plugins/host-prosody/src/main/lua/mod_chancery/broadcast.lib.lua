-- RFC 6121, section 4: presence that the host sends in a person's name to subscribers, and in answer to their probes. The
-- subscription was asked about once, but a wall may have been built since. So each is decided again, without a record, while
-- the host goes on. What is allowed is put back; what could not be decided is asked again until it is: in portions, and not while there is
-- no link, or thousands of people's presence would be written out for nobody, and then all at once.
--
-- A goodbye passes where the presence has gone, and ends here where it hasn't: nobody there has anything to forget.

local st = require "util.stanza";
local add_task = require "util.timer".add_task;
local jid_bare = require "util.jid".bare;

local RETRY = 2; -- seconds
local PORTION, PORTION_EVERY = 500, 0.1; -- questions, seconds

-- decide(question, callback) asks without a record; is_open(): whether there is somebody to ask; questions: makes the question; put_back(session, stanza);
-- doors: what was shown to whom
local function new(decide, is_open, questions, put_back, doors)
	local self = {};
	local undecided = setmetatable({}, { __mode = "k" }); -- session -> address -> the newest presence for it
	local asked = setmetatable({}, { __mode = "k" }); -- presence about which a question is out
	local is_timed, is_refused = false, false; -- whether it will be asked again; whether the engine could not decide since the last time

	-- Asks about what is undecided, and returns when to do so again: nil where all is asked about.
	local ask;
	local function ask_again()
		local may_ask = is_open() and not is_refused;
		local left = may_ask and PORTION or 0;
		is_refused = false;
		for session, waiting in pairs(undecided) do
			for key, presence in pairs(session.full_jid and waiting or {}) do
				if not asked[presence] then
					if left == 0 then return may_ask and PORTION_EVERY or RETRY; end
					left = left - 1;
					ask(session, presence, key);
				end
			end
		end
		is_timed = false;
	end

	local function ask_later()
		if is_timed then return; end
		is_timed = true;
		add_task(PORTION_EVERY, ask_again);
	end

	function ask(session, presence, key)
		if not is_open() then return ask_later(); end
		asked[presence] = true;
		local from, to = session.full_jid, presence.attr.to;
		decide(questions.of(presence, from, to), function (verdict)
			local waiting = undecided[session];
			if session.full_jid ~= from or not waiting or waiting[key] ~= presence then return; end -- gone, or told otherwise since
			if verdict.condition == "resource-constraint" then
				asked[presence], is_refused = nil, true;
				return ask_later();
			end
			waiting[key] = nil;
			if verdict.allowed then
				if presence.attr.type == nil then doors.shows(session, to); end
				put_back(session, presence);
			end
		end);
	end

	-- What was to be told is out of date: to anybody, to a person, or to one of their clients.
	function self.forget(session, to)
		local waiting = undecided[session];
		if not to then undecided[session] = nil; end
		for key, presence in pairs(to and waiting or {}) do
			if presence.attr.to == to or jid_bare(presence.attr.to) == to then waiting[key] = nil; end
		end
	end

	-- Takes what the host is about to send. Returns true where it must go no further by itself.
	function self.take(session, stanza)
		local to, type = stanza.attr.to, stanza.attr.type;
		if not session.full_jid or (to and jid_bare(to) == jid_bare(session.full_jid)) then return; end
		if type == "unavailable" then
			self.forget(session, to);
			return to and not doors.is_seen(session, to) or nil;
		end
		if not to or (type ~= nil and type ~= "probe") then return; end -- subscriptions go under the bare address
		local waiting = undecided[session] or {};
		undecided[session] = waiting;
		local key = type == nil and to or type .. "\0" .. to; -- to ask for somebody's presence shows one's own address, too
		waiting[key] = st.clone(stanza); -- the host writes the next address into its own
		ask(session, waiting[key], key);
		return true;
	end

	-- What isn't decided outlives a reload of the module, which answers all questions.
	function self.save()
		local saved = undecided;
		undecided = {};
		return saved;
	end
	function self.restore(saved)
		for session, waiting in pairs(saved or {}) do undecided[session] = waiting; end
		ask_later(); -- the link will be new as well
	end

	return self;
end

return { new = new };
