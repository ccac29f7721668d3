-- Holds stanzas until their verdict: asks as they are parsed, keeps them in front of their session's thread meanwhile, and looks
-- at the verdict where they are routed. What was not asked about before waits there, inside Prosody's own coroutine.
--
--   client      pre-stanza on its host, before blocklist, MAM and carbons
--   server      message|presence|iq/{bare,full,host} on the host it is for, rooms included
--   component   is not run in a coroutine: swallowed there and put back after its verdict
--   host        what this host makes in a person's name, or because somebody has told it to, and what a service of it makes of a publication, likewise
--
-- What a room sends to its occupants comes from the room component itself and never waits here: it was decided where it
-- entered the room.

local async = require "util.async";
local filters = require "util.filters";
local add_filter, remove_filter = filters.add_filter, filters.remove_filter;
local st = require "util.stanza";
local jid_host = require "util.jid".host;
local jid_bare = require "util.jid".bare;
local jid_node = require "util.jid".node;

local prepared = module:require "question".prepared;
local fates = module:require "doors";
local mend = module:require "stall".mend;
local DROP, ASK, TELL, PASS = fates.DROP, fates.ASK, fates.TELL, fates.PASS;

local hosts = prosody.hosts;
local full_sessions = prosody.full_sessions;
local core_post_stanza, core_route_stanza = prosody.core_post_stanza, prosody.core_route_stanza;

local STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas";
local FIRST = 1000; -- priority: before anything that stores or copies
local LAST_FILTER = -1000; -- after every other filter has had its say
local WRITING_FILTER = -10000; -- after mod_websocket's too, since what comes out is a text

local BEHIND, HAS_TURN = "behind", "has turn";

local subscriptions = { subscribe = true, subscribed = true, unsubscribe = true, unsubscribed = true };

-- To the own account as such it is the same as to nobody (RFC 6120, section 10.3.3).
local function is_broadcast(session, attr)
	if not attr.to then return true; end
	return session.full_jid and (attr.type == nil or attr.type == "unavailable") and prepared(attr.to) == jid_bare(session.full_jid);
end

local function is_goodbye(stanza)
	return stanza.name == "presence" and stanza.attr.type == "unavailable";
end

local function on_answer(verdict, question)
	question.verdict = verdict;
	if question.on_verdict then question.on_verdict(verdict); end
end

-- Whether this stands for a host, or a component inside this server, that sends what it has made itself.
local function is_made_by(origin)
	return origin.type == "local" or origin == hosts[origin.host] or origin.is_made or false;
end

-- A session whose connection is reset or replaced while it waits is wiped; this stands in for it.
local function ghost_of(session)
	local full_jid = session.full_jid;
	return {
		type = session.type; host = session.host; username = session.username; resource = session.resource;
		full_jid = full_jid; log = session.log; ip = session.ip; secure = session.secure; roster = session.roster;
		from_host = session.from_host; to_host = session.to_host; hosts = session.hosts;
		is_made = is_made_by(session);
		send = function (stanza)
			if not full_jid then return core_route_stanza(nil, stanza); end
			local successor = full_sessions[full_jid];
			return successor ~= nil and successor.send(stanza);
		end;
	};
end

-- One stanza that another module fails on must not keep those behind it.
local function on_fault(_, err)
	module:log("error", "A stanza could not be handed on: %s", err);
end

-- Reads no more of a connection while a runner waits, as Prosody does itself for streams that run in one. No filter hook is told
-- of a component's session, so that its connection is mended here.
local function push_back(runner, session)
	mend(session.conn);
	runner:onwaiting(function ()
		if session.conn then session.conn:pause(); end
	end):onready(function ()
		if session.conn then session.conn:resume(); end
	end);
end

-- A subscription is a person's, not a client's (RFC 6121, section 3.1.2), whose resource is its own choice. The host sends some under the full
-- address, when a contact is removed.
local function bare_subscription(stanza)
	if stanza.name == "presence" and subscriptions[stanza.attr.type] then stanza.attr.from = jid_bare(stanza.attr.from); end
end

-- A client that resumes a stream has no address of its own, so that the host asks nobody before it delivers what comes from it.
local function on_client_stanza_here(event)
	if not event.origin.full_jid then return true; end
	bare_subscription(event.stanza);
end

-- What a host has made for one person waits behind what it has made for that person alone. A lane in which nothing waits is forgotten.
local lanes = setmetatable({}, { __mode = "v" });
local function lane_of(session, to)
	local key = session.host .. "\0" .. jid_bare(to);
	local lane = lanes[key] or { session = session };
	lanes[key] = lane;
	return lane;
end

local function question_of(item)
	return type(item) == "table" and item.chancery_question or nil;
end

local released = setmetatable({}, { __mode = "k" }); -- stanzas that are being put back
local function put_back(origin, stanza)
	released[stanza] = true;
	core_post_stanza(origin, stanza, origin.full_jid);
	released[stanza] = nil;
end

-- Who sent it is told why; of an iq's result who waits for it is told that there is none (RFC 6120, section 8.2.3). Nobody waits
-- for an answer to what the host has made, or to a goodbye.
local function bounce(session, stanza, verdict)
	local attr = stanza.attr;
	if is_made_by(session) or attr.type == "error" or is_goodbye(stanza) then return; end
	if stanza.name == "iq" and attr.type == "result" then
		local none = st.iq({ type = "error", id = attr.id, from = attr.from, to = attr.to });
		return put_back(session, none:tag("error", { type = "cancel" }):tag(verdict.condition, { xmlns = STANZA_ERRORS }):reset());
	end
	session.send(st.error_reply(stanza, verdict.type, verdict.condition, verdict.text));
end

-- link, rooms, questions, acks, doors, goodbyes: the other parts
local function new(link, rooms, questions, acks, doors, goodbyes)
	local self = {};
	local runners = setmetatable({}, { __mode = "k" }); -- session, or who stands in for it -> what ends its stanzas' waiting

	local asked, going = module:require "asked".new(link), module:require "going".new(link);
	local acting = module:require "acting".new();
	local history, publications, authors;
	local function submit(question)
		history.prepare(question);
		question.on_answer = on_answer;
		rooms.tell(question, link.tell);
		link.submit(question);
		rooms.forget_absent(question, link.tell);
		return question;
	end

	-- Asks whether a stanza may pass, without a record. callback(verdict) runs once.
	local function decide(question, callback)
		question.on_answer = callback;
		rooms.tell(question, link.tell);
		link.recheck(question);
		rooms.forget_absent(question, link.tell);
	end
	local broadcast = module:require "broadcast".new(decide, link.is_open, questions, put_back, doors);
	authors = module:require "authors".new(decide, questions);
	history, publications = module:require "history".new(authors, questions, rooms), module:require "publications".new(authors);
	local settle = module:require "settle".new(link, questions, submit, history, authors);
	self.save, self.restore, self.detach = broadcast.save, broadcast.restore, publications.detach;

	-- Messages outlive a client's session, and goodbyes that need no question; of servers and components all goodbyes do. settled: what settle() has said, which is asked once.
	local function finish_for_ghost(ghost, question, settled)
		if question.fate then
			if question.fate == TELL then goodbyes.goes_on(questions.of(question.element, question.element.attr.from, question.element.attr.to)); end
			return put_back(ghost, question.element);
		end
		local verdict = settled or settle(question);
		if ghost.type == "c2s" then question.element.attr.from = question.from; end -- the host hasn't come to stamp it
		if verdict.allowed and (question.element.name == "message" or (is_goodbye(question.element) and ghost.type ~= "c2s")) then
			rooms.goes_on(question);
			going.on(question.verdict);
			return put_back(ghost, question.element);
		end
		link.bounced(question.verdict);
		if doors.goes_on_refused(ghost, question.element) then return put_back(ghost, question.element); end
		if not verdict.allowed then bounce(ghost, question.element, verdict); end
	end

	-- Waits for the verdict of a stanza that is being routed for a session. Returns true where the stanza must go no further.
	local function hold(session, question)
		-- whoever has the verdict of what is in no room doesn't wait, so that nothing can be wiped
		local ghost = question.ghost or not (question.verdict and question.room == "") and ghost_of(session) or nil;
		local verdict = settle(question);
		if session.destroyed and ghost then
			finish_for_ghost(ghost, question, verdict);
			return true;
		end
		acks.done(session, question.element);
		if verdict.allowed then
			rooms.goes_on(question);
			doors.tells(session, question.element);
			return going.on(question.verdict);
		end
		link.bounced(question.verdict);
		if doors.goes_on_refused(session, question.element) then return doors.tells(session, question.element); end
		bounce(session, question.element, verdict);
		return true;
	end

	-- Runs process(owner, question) in a coroutine, one after the other for each owner.
	local function in_order(owner, process, question)
		local runner = runners[owner];
		if not runner then
			runner = async.runner(function (next_question)
				local ok, fault = going.watch_over(process, owner, next_question);
				if not ok then on_fault(nil, fault); end -- a runner that fails forgets to have its connection read on
			end, { error = on_fault });
			if owner.type == "component" then push_back(runner, owner); end
			runners[owner] = runner;
		end
		runner:run(question);
	end

	local late_question;
	local function put_back_if_allowed(session, question)
		local about, stop = question, nil;
		if question.is_late then
			about, stop = late_question(session, question.element, question.element.attr.from, doors.from_outside, HAS_TURN);
			if about then about.ghost = question.ghost; end
		end
		if about then stop = hold(session, about); end
		if not stop then put_back(session.destroyed and question.ghost or session, question.element); end
	end

	local function put_back_made(lane, question)
		put_back_if_allowed(lane.session, question);
	end

	-- Swallows a stanza that can't wait where it is, and puts it back after its verdict.
	local function swallow(session, question)
		question.ghost = ghost_of(session);
		in_order(session, put_back_if_allowed, question);
		return true;
	end

	local tray = module:require "tray".new(question_of, ghost_of, function (ghost, question, item)
		if not question and item.chancery_goodbye then question = { element = item, fate = item.chancery_goodbye }; end
		if question then in_order(ghost, finish_for_ghost, question); end
	end, function (session, item, func)
		local ok, fault = going.watch_over(func, item);
		if question_of(item) then asked.passed(session, item); end
		if not ok then error(fault, 0); end
	end);
	self.is_busy = tray.is_busy;

	-- Returns the question of a stanza that wasn't asked about before; or nil and whether it must go no further. turn: whether it's behind what waits
	function late_question(session, stanza, from, door, turn)
		local question = questions.about(stanza, from, stanza.attr.to);
		if question then return submit(question); end
		if turn == BEHIND and runners[session] and runners[session].state ~= "ready" then
			in_order(session, put_back_if_allowed, { element = stanza, is_late = true, ghost = ghost_of(session) });
			return nil, true;
		end
		local fate = stanza.chancery_goodbye or door(session, stanza);
		if fate == TELL then goodbyes.goes_on(questions.of(stanza, from, stanza.attr.to)); end
		if fate ~= ASK then
			acks.done(session, stanza);
			doors.tells(session, stanza);
			return nil, fate == DROP or nil;
		end
		question = submit(questions.of(stanza, from, stanza.attr.to));
		if turn == HAS_TURN then return question; end
		acks.beside(session, stanza);
		swallow(session, question);
		return nil, true;
	end

	-- c2s: message, presence and iq of a bound client.
	local function on_client_stanza(event)
		local session, stanza = event.origin, event.stanza;
		if session.type ~= "c2s" or released[stanza] then return; end
		acks.reached(session, stanza);
		if is_goodbye(stanza) and acks.is_parsed(stanza) then broadcast.forget(session, stanza.attr.to); end
		local question, stop = asked.claim(session, stanza), nil;
		if not question then
			if stanza.name == "presence" and (stanza.chancery_broadcast or not acks.is_parsed(stanza)) then
				acks.done(session, stanza);
				local to = stanza.attr.to;
				if to and is_goodbye(stanza) and doors.is_in_room(to) then -- it logs out, or its session ends
					return goodbyes.goes_on(questions.of(stanza, session.full_jid, to));
				end
				return broadcast.take(session, stanza);
			end
			question, stop = late_question(session, stanza, session.full_jid, doors.from_client);
		end
		if question then
			if async.ready() then
				stop = hold(session, question);
			else
				return swallow(session, question);
			end
		end
		return stop;
	end

	-- s2s and external components: what arrives for a host, a person on it, or a room.
	local function on_inbound_stanza(event)
		local session, stanza = event.origin, event.stanza;
		local is_server = session.type ~= "component" and not session.dummy;
		local is_component = session.type == "component" and session.conn;
		if not (is_server or is_component) or released[stanza] then return; end
		acks.reached(session, stanza);
		local question, stop = asked.claim(session, stanza), nil;
		if not question then
			question, stop = late_question(session, stanza, stanza.attr.from, doors.from_outside, is_component and BEHIND or nil);
			if not question then return stop; end
		end
		if is_server and async.ready() then return hold(session, question); end
		return swallow(session, question);
	end

	-- A message that the host makes in a person's name, or has been told to send by somebody, or an event of what somebody has published. The host goes on with
	-- its own copy.
	local function on_made_message(event)
		local session, made = event.origin, event.stanza;
		local to = made.attr.to;
		if released[made] or made.attr.type == "error" or not to then return; end
		local author = acting.author();
		if jid_node(made.attr.from) then author = session.type == "local" and made.attr.from or nil; end
		local parties = publications.parties_of(made) or { author };
		local from = parties[1];
		if not from or jid_bare(from) == jid_bare(to) then return; end
		local question = submit(questions.of(st.clone(made), from, to));
		question.ghost, question.others = ghost_of(session), parties[2] and authors.shown_to(to);
		for i = 2, #parties do authors.ask_about(question.others, parties[i]); end
		in_order(lane_of(session, to), put_back_made, question);
		return true;
	end

	-- A goodbye that the host makes for a client (mod_blocklist does) has an address of the client's choice, and goes to those alone who have seen its presence.
	local function on_made_goodbye(event)
		local stanza = event.stanza;
		local session = is_goodbye(stanza) and not released[stanza] and full_sessions[stanza.attr.from];
		return session and not doors.is_seen(session, stanza.attr.to) or nil;
	end

	-- What the host makes in a person's name.
	local function on_made(event)
		return (event.stanza.name == "message" and on_made_message or on_made_goodbye)(event);
	end

	local by_origin = { c2s = on_client_stanza_here, s2sin = on_inbound_stanza, s2sout = on_inbound_stanza, component = on_inbound_stanza };

	-- What has come to where it is delivered: at a person's address, bare or full, and at a host.
	local function on_arrival(event)
		if is_made_by(event.origin) then return on_made(event); end
		local handler = by_origin[event.origin.type];
		if handler then return handler(event); end
	end

	-- Decided as it is parsed, so that nothing overtakes it.
	local function question_of_goodbye(session, stanza)
		local door = session.type == "c2s" and doors.from_client or doors.from_outside;
		local fate = door(session, stanza);
		if fate == ASK then return questions.of(stanza, stanza.attr.from, stanza.attr.to); end
		if fate ~= DROP then stanza.chancery_goodbye = fate; end
		if fate == PASS then doors.tells(session, stanza); end
	end

	-- Asks as a stanza is parsed, so that many questions of one stream are in flight.
	local function prefetch(stanza, session)
		local attr = stanza.attr;
		if attr.xmlns ~= nil then return stanza; end
		if stanza.name == "presence" and is_broadcast(session, attr) then
			attr.to, stanza.chancery_broadcast = nil, true;
			doors.from_client(session, stanza); -- takes the words out of a goodbye, which is not held
			return stanza;
		end
		local from, to;
		if session.type == "c2s" and session.full_jid then
			from, to = session.full_jid, attr.to and prepared(attr.to);
			local is_malformed = stanza.name == "iq" and (not attr.id or (#stanza.tags ~= 1 and attr.type ~= "result" and attr.type ~= "error"));
			if is_malformed or (attr.to and not to) then return stanza; end -- the host will refuse it
		elseif session.type == "s2sin" or session.type == "s2sout" then
			from, to = attr.from and prepared(attr.from), attr.to and prepared(attr.to);
			local sender = from and session.hosts[jid_host(from)];
			if not to or not hosts[jid_host(to)] or not (sender and sender.authed) then return stanza; end
		else
			return stanza;
		end
		attr.from, attr.to = from, to; -- as the host is about to stamp and prepare them
		local question = questions.about(stanza, from, to);
		if not question and is_goodbye(stanza) then question = question_of_goodbye(session, stanza); end
		if question then
			asked.add(session, submit(question));
			tray.watch(session);
		end
		return stanza;
	end

	function self.watch(session)
		doors.watch(session);
		add_filter(session, "stanzas/in", prefetch, LAST_FILTER);
		add_filter(session, "stanzas/out", doors.delivered, WRITING_FILTER);
	end

	function self.unwatch(session)
		remove_filter(session, "stanzas/in", prefetch);
		remove_filter(session, "stanzas/out", doors.delivered);
		tray.unwatch(session);
		asked.abandon_rest(session);
	end

	function self.attach(host)
		history.attach(host);
		publications.attach(host);
		acting.attach(host);
		host:hook("pre-stanza", on_client_stanza, FIRST);
		for _, kind in ipairs { "message", "presence", "iq" } do
			for _, target in ipairs { "bare", "full", "host" } do host:hook(kind .. "/" .. target, on_arrival, FIRST); end
		end
		host:hook("route/remote", function (event)
			local origin = event.origin;
			if not origin then return; end
			if origin.type == "component" and origin.conn then return on_inbound_stanza(event); end
			if is_made_by(origin) then return on_made(event); end
			if origin.type == "c2s" then bare_subscription(event.stanza); end
		end, FIRST);
	end

	return self;
end

return { new = new };
