-- Holds stanzas until their verdict: asks as they are parsed, waits inside Prosody's own coroutine where they are routed.
--
--   client      pre-stanza on its host, before blocklist, MAM and carbons
--   server      message|presence|iq/{bare,full,host} on the host it is for, rooms included
--   component   is not run in a coroutine: swallowed there and put back after its verdict
--   host        what this host makes in a person's name, likewise
--
-- What a room sends to its occupants comes from the room component itself and never waits here: it was decided where it
-- entered the room.

local async = require "util.async";
local filters = require "util.filters";
local add_filter, remove_filter = filters.add_filter, filters.remove_filter;
local st = require "util.stanza";
local jid_host = require "util.jid".host;
local jid_bare = require "util.jid".bare;
local jid_split = require "util.jid".split;

local prepared = module:require "question".prepared;
local fates = module:require "doors";
local DROP, ASK = fates.DROP, fates.ASK;

local hosts = prosody.hosts;
local full_sessions = prosody.full_sessions;
local core_post_stanza, core_route_stanza = prosody.core_post_stanza, prosody.core_route_stanza;

local STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas";
local FIRST = 1000; -- priority: before anything that stores or copies
local LAST_FILTER = -1000; -- after every other filter has had its say
local MAX_ATTEMPTS = 5; -- a room that changes faster than it can be asked about refuses for now

local ROOM_CHANGES = { allowed = false, record = "", type = "wait", condition = "resource-constraint",
	text = "People are joining and leaving this room just now. Please try again." };

-- link, rooms, questions, acks, doors: the other parts
local function new(link, rooms, questions, acks, doors)
	local self = {};
	-- stanza -> { question, verdict, wake }: what was asked as the stanza was parsed
	local entries = setmetatable({}, { __mode = "k" });
	-- session -> entries in the order of parsing, those not yet routed
	local queues = setmetatable({}, { __mode = "k" });
	local released = setmetatable({}, { __mode = "k" }); -- stanzas that are being put back
	local broadcasts = setmetatable({}, { __mode = "k" }); -- presence to nobody, which the host sends on to subscribers
	local runners = setmetatable({}, { __mode = "k" }); -- session -> what puts its stanzas back

	local function submit(entry)
		local question = entry.question;
		rooms.tell(question, link.tell);
		link.submit(question, function (verdict)
			entry.verdict = verdict;
			if entry.on_verdict then entry.on_verdict(verdict); end
		end);
		rooms.forget_absent(question, link.tell);
	end

	local function ask(stanza, question)
		local entry = { stanza = stanza, question = question };
		submit(entry);
		return entry;
	end

	-- Waits, in a coroutine, for an entry's verdict.
	local function await(entry)
		if not entry.verdict then
			local wait, done = async.waiter();
			entry.on_verdict = done;
			wait();
		end
		return entry.verdict;
	end

	-- A verdict holds for a room as it was, and its record names those who were there. Where they have changed since, that attempt
	-- is over and the stanza is another one. Returns the verdict that holds.
	local function settle(entry)
		for attempt = 1, MAX_ATTEMPTS do
			local verdict, question = await(entry), entry.question;
			if not verdict.allowed then return verdict; end
			local version, recipient = question.room_version, question.recipient;
			questions.locate(question);
			if question.room_version == version and question.recipient == recipient then return verdict; end
			if question.recipient ~= recipient or attempt == MAX_ATTEMPTS then return ROOM_CHANGES; end -- a nickname changed hands
			link.bounced(verdict);
			entry.verdict, entry.on_verdict = nil, nil;
			submit(entry);
		end
	end

	local function put_back(origin, stanza)
		released[stanza] = true;
		core_post_stanza(origin, stanza, origin.full_jid);
		released[stanza] = nil;
	end

	-- Who sent it is told why; of an iq's result who waits for it is told that there is none (RFC 6120, section 8.2.3). Nobody waits
	-- for an answer to what the host has made.
	local function bounce(session, stanza, verdict)
		local attr = stanza.attr;
		if session.type == "local" or attr.type == "error" then return; end
		if stanza.name == "iq" and attr.type == "result" then
			local none = st.iq({ type = "error", id = attr.id, from = attr.from, to = attr.to });
			return put_back(session, none:tag("error", { type = "cancel" }):tag(verdict.condition, { xmlns = STANZA_ERRORS }):reset());
		end
		session.send(st.error_reply(stanza, verdict.type, verdict.condition, verdict.text));
	end

	-- Tells what became of an entry whose stanza was never routed.
	local function abandon(entry)
		if entry.verdict then
			link.bounced(entry.verdict);
		else
			entry.on_verdict = link.bounced;
		end
	end

	-- Takes a stanza's entry from its session's queue. Those before it were dropped by the host on their way here.
	local function claim(session, stanza)
		local entry, queue = entries[stanza], queues[session];
		if not entry or not queue then return entry; end
		while queue[1] do
			local first = table.remove(queue, 1);
			if first == entry then break; end
			abandon(first);
		end
		return entry;
	end

	-- A session whose connection is reset or replaced while it waits is wiped; this stands in for it.
	local function ghost_of(session)
		local full_jid = session.full_jid;
		return {
			type = session.type; host = session.host; username = session.username; resource = session.resource;
			full_jid = full_jid; log = session.log; ip = session.ip; secure = session.secure; roster = session.roster;
			from_host = session.from_host; to_host = session.to_host; hosts = session.hosts;
			send = function (stanza)
				if not full_jid then return core_route_stanza(nil, stanza); end
				local successor = full_sessions[full_jid];
				return successor ~= nil and successor.send(stanza);
			end;
		};
	end

	-- Asks whether a stanza may pass, without a record. callback(verdict) runs once.
	local function decide(question, callback)
		rooms.tell(question, link.tell);
		link.recheck(question, callback);
		rooms.forget_absent(question, link.tell);
	end

	local broadcast = module:require "broadcast".new(decide, questions, put_back);

	-- Only messages outlive their session; its presence and iqs die with it.
	local function finish_for_ghost(ghost, entry)
		local verdict = settle(entry);
		entry.stanza.attr.from = entry.question.from;
		if verdict.allowed and entry.stanza.name == "message" then
			put_back(ghost, entry.stanza);
			link.handed_on(entry.verdict);
			return;
		end
		link.bounced(entry.verdict);
		if not verdict.allowed then bounce(ghost, entry.stanza, verdict); end
	end

	-- Waits for the verdict of a stanza that is being routed for a session. Returns true where the stanza must go no further.
	local function hold(session, entry)
		local ghost = entry.ghost or ghost_of(session);
		local queue = not entry.ghost and queues[session] or nil; -- what was swallowed waits beside the queue, and must not empty it
		local verdict = settle(entry);
		if session.destroyed then
			finish_for_ghost(ghost, entry);
			for _, waiting in ipairs(queue or {}) do finish_for_ghost(ghost, waiting); end
			queues[session] = nil;
			return true;
		end
		acks.done(session, entry.stanza);
		if verdict.allowed then
			link.handed_on(entry.verdict); -- leaves at the end of this tick, when the stanza has gone on
			return;
		end
		link.bounced(entry.verdict);
		bounce(session, entry.stanza, verdict);
		return true;
	end

	-- Reads no more of a connection while a runner waits, as Prosody does itself for streams that run in one.
	local function push_back(runner, session)
		runner:onwaiting(function ()
			if session.conn then session.conn:pause(); end
		end):onready(function ()
			if session.conn then session.conn:resume(); end
		end);
	end

	-- Swallows a stanza that can't wait where it is, and puts it back after its verdict, in order for each session.
	local function swallow(session, entry)
		entry.ghost = ghost_of(session);
		local runner = runners[session];
		if not runner then
			runner = async.runner(function (next_entry)
				if not hold(session, next_entry) then put_back(session, next_entry.stanza); end
			end);
			if session.type == "component" then push_back(runner, session); end
			runners[session] = runner;
		end
		runner:run(entry);
		return true;
	end

	-- Finds or asks the question about a stanza that was not asked about as it was parsed. Returns its entry; or nil and
	-- whether it must go no further.
	local function late_entry(session, stanza, from, door)
		local question = questions.about(stanza, from, stanza.attr.to);
		if question then return ask(stanza, question); end
		local fate = door(session, stanza);
		if fate ~= ASK then
			acks.done(session, stanza);
			return nil, fate == DROP or nil;
		end
		local entry = ask(stanza, questions.of(stanza, from, stanza.attr.to));
		swallow(session, entry);
		return nil, true;
	end

	-- c2s: message, presence and iq of a bound client.
	local function on_client_stanza(event)
		local session, stanza = event.origin, event.stanza;
		if session.type ~= "c2s" or released[stanza] then return; end
		acks.reached(session, stanza);
		local entry, stop = claim(session, stanza), nil;
		if not entry then
			if stanza.name == "presence" and (broadcasts[stanza] or not acks.is_parsed(stanza)) then
				acks.done(session, stanza);
				return broadcast.take(session, stanza);
			end
			entry, stop = late_entry(session, stanza, session.full_jid, doors.from_client);
		end
		if entry then
			if async.ready() then
				stop = hold(session, entry);
			else
				return swallow(session, entry);
			end
		end
		if not stop then doors.passed(session, stanza); end
		return stop;
	end

	-- s2s and external components: what arrives for a host, a person on it, or a room.
	local function on_inbound_stanza(event)
		local session, stanza = event.origin, event.stanza;
		local is_server = (session.type == "s2sin" or session.type == "s2sout") and not session.dummy;
		local is_component = session.type == "component" and session.conn;
		if not (is_server or is_component) or released[stanza] then return; end
		acks.reached(session, stanza);
		local entry, stop = claim(session, stanza), nil;
		if not entry then
			entry, stop = late_entry(session, stanza, stanza.attr.from, doors.from_outside);
			if not entry then return stop; end
		end
		if is_server and async.ready() then return hold(session, entry); end
		return swallow(session, entry);
	end

	-- A message that the host makes in a person's name. The host goes on with its own copy.
	local function on_made_stanza(event)
		local session, made = event.origin, event.stanza;
		if session.type ~= "local" or released[made] or made.name ~= "message" or made.attr.type == "error" then return; end
		local from, to = made.attr.from, made.attr.to;
		if not from or not to or not jid_split(from) or jid_bare(from) == jid_bare(to) then return; end
		local stanza = st.clone(made);
		return swallow(session, ask(stanza, questions.of(stanza, from, to)));
	end

	-- A client that resumes a stream has no address of its own, so that the host asks nobody before it delivers what comes from it.
	local function on_stray_stanza(event)
		local session = event.origin;
		if session.type == "c2s" and not session.full_jid then return true; end
	end

	local function queue_up(session, entry)
		local queue = queues[session];
		if not queue then
			queue = {};
			queues[session] = queue;
		end
		queue[#queue + 1] = entry;
		entries[entry.stanza] = entry;
	end

	-- Asks as a stanza is parsed, so that many questions of one stream are in flight.
	local function prefetch(stanza, session)
		local attr = stanza.attr;
		if attr.xmlns ~= nil then return stanza; end
		if stanza.name == "presence" and not attr.to then
			broadcasts[stanza] = true;
			if attr.type == "unavailable" then fates.strip(stanza); end
			return stanza;
		end
		local from, to;
		if session.type == "c2s" and session.full_jid then
			from, to = session.full_jid, attr.to and prepared(attr.to);
			if attr.to and not to then return stanza; end -- the host will refuse it
		elseif session.type == "s2sin" or session.type == "s2sout" then
			from, to = attr.from and prepared(attr.from), attr.to and prepared(attr.to);
			local sender = from and session.hosts[jid_host(from)];
			if not to or not hosts[jid_host(to)] or not (sender and sender.authed) then return stanza; end
		else
			return stanza;
		end
		attr.from, attr.to = from, to; -- as the host is about to stamp and prepare them
		local question = questions.about(stanza, from, to);
		if question then queue_up(session, ask(stanza, question)); end
		return stanza;
	end

	function self.watch(session)
		add_filter(session, "stanzas/in", prefetch, LAST_FILTER);
		add_filter(session, "stanzas/out", doors.delivered, LAST_FILTER);
	end

	function self.unwatch(session)
		remove_filter(session, "stanzas/in", prefetch);
		remove_filter(session, "stanzas/out", doors.delivered);
	end

	function self.attach(host)
		host:hook("pre-stanza", on_client_stanza, FIRST);
		for _, kind in ipairs { "message", "presence", "iq" } do
			for _, target in ipairs { "bare", "full", "host" } do
				host:hook(kind .. "/" .. target, on_inbound_stanza, FIRST);
				host:hook(kind .. "/" .. target, on_stray_stanza, FIRST);
			end
		end
		host:hook("message/bare", on_made_stanza, FIRST);
		host:hook("message/full", on_made_stanza, FIRST);
		host:hook("route/remote", function (event)
			local origin = event.origin;
			if origin and origin.type == "component" and origin.conn then return on_inbound_stanza(event); end
			if origin then return on_made_stanza(event); end
		end, FIRST);
	end

	return self;
end

return { new = new };
