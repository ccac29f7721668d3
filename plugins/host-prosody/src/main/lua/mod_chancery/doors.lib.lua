-- Doors: stanzas that are never held, because the host makes them outside any coroutine or waits for them itself. Content
-- could leave through them where policy forbids a message, so they are narrowed without waiting:
--
--   error         passes only as the answer to a stanza that was delivered; cut down to <error/> with its type and condition,
--                 and recorded before it goes on. To a room as such too: mod_muc tells all occupants why it kicks.
--   iq result     passes only as the answer to an iq that was delivered, and is recorded before it goes on: its words are its
--                 sender's own
--   unavailable   loses status, id and extensions, and passes where it leaves a room, which is told, or where the sender's presence has
--                 gone to the same address, to which it adds nothing; once. Else it is asked about: an address alone can say something.
--                 From outside it keeps what a room says of its occupant (occupancy.lib.lua), and is asked about where words can be in that.
--   iq, presence  of a type that they don't have end here: no rule is about them, but the host delivers such an iq
--
-- A client's answers to its own account pass, and its iq answers to a host here, but for an external component; other errors to such a host pass
-- where they answer something, cut down and unasked. An answer is matched by who it is from, who it is for, the stanza's
-- kind and its id, once.

local st = require "util.stanza";

local question = module:require "question";
local parts_of, is_ours = question.parts_of, question.is_ours;
local occupancy = module:require "occupancy";
local recall = module:require "recall";
local xml = module:require "xml";

local hosts = prosody.hosts;

local STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas";
local error_types = { auth = true, cancel = true, continue = true, modify = true, wait = true };
local conditions = {}; -- RFC 6120, section 8.3.3
for name in ([[bad-request conflict feature-not-implemented forbidden gone internal-server-error item-not-found jid-malformed
	not-acceptable not-allowed not-authorized policy-violation recipient-unavailable redirect registration-required
	remote-server-not-found remote-server-timeout resource-constraint service-unavailable subscription-required
	undefined-condition unexpected-request]]):gmatch("%S+") do
	conditions[name] = true;
end

local types = {
	iq = { get = true, set = true, result = true, error = true };
	presence = { subscribe = true, subscribed = true, unsubscribe = true, unsubscribed = true, probe = true, unavailable = true, error = true };
};
local SHOWN_GENERATIONS, SHOWN_EACH = 8, 25000; -- pairs, of other servers' people and people here
local LONGEST_ID = 1024; -- nothing answers a stanza with a longer one, or a client's ids could fill the memory
local BEFORE_COMPONENT = -0.5; -- priority: last before mod_component, which hands on
local MOST_LEFT = 256; -- rooms that one client leaves at a time

local PASS, DROP, ASK, TELL = "pass", "drop", "ask", "tell";

-- Whether it is of a type that its kind has (RFC 6120, section 8.2.3; RFC 6121, section 4.7.1).
local function is_of_rfc(stanza)
	local type, known = stanza.attr.type, types[stanza.name];
	return not known or known[type] or (type == nil and stanza.name == "presence") or false;
end

-- Leaves nothing that a sender can write freely. An answer's id is that of what it answers.
local function strip(stanza, keep_id)
	local attr = stanza.attr;
	stanza.attr = { from = attr.from, to = attr.to, type = attr.type, id = keep_id and attr.id or nil };
	for i = #stanza, 1, -1 do stanza[i] = nil; end
	stanza.tags, stanza.last_add = {}, nil;
end

local function is_goodbye(stanza)
	return stanza.name == "presence" and stanza.attr.type == "unavailable";
end

-- Whether it is a client's unavailable presence, which goes on without words.
local function narrow_goodbye(stanza)
	if not is_goodbye(stanza) then return false; end
	strip(stanza, false);
	return true;
end

-- Leaves of unavailable presence what a room may say in it: an element, or nil for nothing.
local function leave_said(stanza, said)
	strip(stanza, false);
	if said then stanza:add_direct_child(said); end
end

local function cut_down(stanza)
	local error_type, condition = stanza:get_error();
	strip(stanza, true);
	stanza:tag("error", { type = error_types[error_type] and error_type or "cancel" })
		:tag(conditions[condition] and condition or "undefined-condition", { xmlns = STANZA_ERRORS }):up():up();
end

-- cork: told of the connections that are written to; saved: what save() of the doors before has returned, or nil
local function new(cork, saved)
	local self = {};
	saved = saved or {};
	-- Delivered stanzas whose answer may still come. An iq's answer must come; a message's is an error, which seldom does.
	local answerable = {};
	for _, kind in ipairs { "iq", "message", "presence" } do answerable[kind] = recall.new(nil, nil, saved[kind]); end
	-- To whom presence from outside has gone. What a client here has shown to whom is kept on its session, and ends with it.
	local shown_here = recall.new(SHOWN_GENERATIONS, SHOWN_EACH, saved.shown_here);

	local function key(id, from, to)
		return (id or "") .. "\0" .. from .. "\0" .. to;
	end

	-- A session begins. One that is older than this module has shown nobody knows what to whom.
	function self.watch(session)
		if session.chancery_seen_by then return; end
		session.chancery_shown, session.chancery_seen_by = {}, {};
		session.chancery_is_older = session.full_jid ~= nil;
	end

	-- Whether presence of this client has gone to this very address since the last goodbye.
	local function is_shown(session, to)
		return session.chancery_shown ~= nil and session.chancery_shown[to] == true;
	end

	-- Whether a goodbye that the host makes may go: its address isn't the client's choice, so any client of that person's will do.
	function self.is_seen(session, to)
		local whom = parts_of(to).bare;
		local seen_by = session.chancery_seen_by;
		if not seen_by then return false; end
		local is_seen = seen_by[whom];
		if is_seen == nil then is_seen = session.chancery_is_older; end
		session.chancery_shown[to] = nil;
		if whom == to then seen_by[whom] = false; end
		return is_seen;
	end

	-- The host has shown a client's presence to somebody.
	function self.shows(session, to)
		local seen_by, whom = session.chancery_seen_by, parts_of(to).bare;
		if not seen_by then return; end
		seen_by[whom] = true;
		if whom == to then session.chancery_shown[to] = true; end
	end

	-- Presence, or a goodbye, goes on.
	function self.tells(session, stanza)
		local attr, shown = stanza.attr, session.chancery_shown;
		local type, to = attr.type, attr.to;
		if stanza.name ~= "presence" or not to or (type ~= nil and type ~= "unavailable") then return; end
		if session.type ~= "c2s" then
			shown_here[type == nil and "remember" or "forget"](key(nil, attr.from, to));
			if type == nil then shown_here.remember(key(nil, attr.from, parts_of(to).bare)); end
		elseif shown then
			shown[to] = type == nil or nil;
			if type == nil then session.chancery_seen_by[parts_of(to).bare] = true; end
		end
	end

	-- Whether an address is of a room here, or in one.
	local function is_in_room(address)
		local target = hosts[parts_of(address).host];
		return target ~= nil and target.modules.muc ~= nil;
	end
	self.is_in_room = is_in_room;

	-- A stanza goes to somebody who may answer it.
	local function remember(stanza, from, to)
		local type, of_kind = stanza.attr.type, answerable[stanza.name];
		if type == "error" or type == "result" or not of_kind or #(stanza.attr.id or "") > LONGEST_ID then return; end
		of_kind.remember(key(stanza.attr.id, from, to));
	end

	-- The same where they are at another server or an external component. An iq's answer comes from the address that it was for (RFC 6120, section 8.2.3),
	-- any other stanza's from whichever client of theirs it has reached.
	local function leaves(stanza)
		local from, to = stanza.attr.from, stanza.attr.to;
		if from and to then remember(stanza, from, stanza.name == "iq" and to or parts_of(to).bare); end
	end

	-- Whether this answers something; asked once. An answer's sender is the one the stanza was for.
	local function answers(stanza, from, to)
		local of_kind, what = answerable[stanza.name], key(stanza.attr.id, to, from);
		if not of_kind then return false; end -- no kind of stanza, yet with a type "error"
		if not stanza.attr.id then return of_kind.knows(what); end
		return of_kind.forget(what);
	end

	local function is_answer(stanza)
		local type = stanza.attr.type;
		return type == "error" or (stanza.name == "iq" and type == "result");
	end

	local function judge(stanza, from, to)
		if not (answers(stanza, from, to) or answers(stanza, parts_of(from).bare, to)) then return DROP; end
		if stanza.attr.type == "error" then cut_down(stanza); end
		return ASK;
	end

	-- What becomes of a client's stanza to a server or component as such. Some of them here read an error as what it isn't.
	local function to_host(session, stanza, host)
		local to = stanza.attr.to;
		if not is_answer(stanza) or (is_ours(host) and stanza.name == "iq") then return PASS; end
		local fate = judge(stanza, session.full_jid, to);
		return fate == ASK and is_ours(host) and PASS or fate;
	end

	local function goodbye(from, to, is_shown)
		local whom = parts_of(to);
		if whom.bare == parts_of(from).bare or (not whom.node and not whom.resource and is_ours(whom.host)) then return PASS; end -- nobody else reads it
		if is_in_room(to) then return TELL; end
		return is_shown and PASS or ASK;
	end

	-- A goodbye's id is words as well. Who leaves a room may wait for a goodbye of the room's with it, which is for them alone.
	local function keep_id(session, to, id)
		if not to or not id or #id > LONGEST_ID then return; end
		local left = session.chancery_left;
		if not left or left.n == MOST_LEFT then
			left = { n = 0, ids = {} };
			session.chancery_left = left;
		end
		left.n, left.ids[to] = left.n + 1, id;
	end

	-- The text of a room's goodbye to one who leaves it, or nil for another stanza. The room may send the same to others.
	local function own_goodbye(session, stanza, from)
		local left = session.chancery_left;
		local id = left and is_goodbye(stanza) and left.ids[from];
		if not id then return nil; end
		left.ids[from] = nil;
		local attr = stanza.attr;
		local given = attr.id;
		attr.id = id;
		local text = xml.write(stanza);
		attr.id = given;
		return text;
	end

	-- What becomes of a client's stanza that is not asked about: "pass", "drop", "tell" (it passes, and the engine is told), or "ask"
	-- without waiting.
	function self.from_client(session, stanza)
		local to = stanza.attr.to;
		if not is_of_rfc(stanza) then return DROP; end
		local id = stanza.attr.id;
		local is_leaving = narrow_goodbye(stanza);
		if is_leaving then keep_id(session, to, id); end
		if not to then return PASS; end
		if is_leaving then return goodbye(session.full_jid, to, is_shown(session, to)); end
		local whom = parts_of(to);
		if not whom.node then return to_host(session, stanza, whom.host); end
		if whom.bare == parts_of(session.full_jid).bare then return PASS; end
		return is_answer(stanza) and judge(stanza, session.full_jid, to) or PASS;
	end

	local function goodbye_from_outside(stanza, from, to)
		local said, plain, is_plain = occupancy.said_in(stanza), nil, true;
		if said then plain, is_plain = occupancy.plain(said); end
		local fate = goodbye(from, to, is_plain and shown_here.knows(key(nil, from, to)));
		leave_said(stanza, fate == ASK and said or fate == PASS and plain or nil);
		return fate;
	end

	-- A refused goodbye from outside goes on, without words, to whoever has seen the presence: for them its sender would never go. By now what came
	-- before it has gone on.
	function self.goes_on_refused(session, stanza)
		if not is_goodbye(stanza) or session.type == "c2s" or not shown_here.knows(key(nil, stanza.attr.from, stanza.attr.to)) then return false; end
		local said = occupancy.said_in(stanza);
		leave_said(stanza, said and occupancy.plain(said));
		return true;
	end

	-- The same for a stanza of another server or a component.
	function self.from_outside(_, stanza)
		local from, to = stanza.attr.from, stanza.attr.to;
		if not is_of_rfc(stanza) then return DROP; end
		if is_answer(stanza) then return judge(stanza, from, to); end
		return is_goodbye(stanza) and goodbye_from_outside(stanza, from, to) or PASS;
	end

	-- What is written to a client, which may answer. Returns its text, from the writer that the record's comes from as well: it takes a third of
	-- the time that the host's own takes.
	local function delivered(stanza, session)
		cork.writes_to(session.conn);
		if not st.is_stanza(stanza) then return stanza; end
		local from = stanza.attr.from;
		if from and session.full_jid then remember(stanza, from, session.full_jid); end
		return from and own_goodbye(session, stanza, from) or xml.write(stanza);
	end
	self.delivered = delivered;

	-- What a module writes to a component's stream without routing it: mod_pep asks so what a contact wants to be told. Such a stream has no filters.
	function self.watch_component(session)
		if session.type ~= "component" then return; end
		local send = session.send;
		session.chancery_send = send;
		function session.send(data)
			if st.is_stanza(data) then leaves(data); end
			return send(data);
		end
	end

	function self.unwatch_component(session)
		session.send, session.chancery_send = session.chancery_send or session.send, nil;
	end

	function self.attach(host)
		host:hook("route/remote", function (event) leaves(event.stanza); end, 999);
		-- Which component is external is known when its modules are there.
		local function on_way_to_host(event)
			if not is_ours(host.host) then leaves(event.stanza); end
		end
		for _, kind in ipairs { "message", "presence", "iq" } do
			for _, target in ipairs { "bare", "full", "host" } do host:hook(kind .. "/" .. target, on_way_to_host, BEFORE_COMPONENT); end
		end
		host:hook("component-authenticated", function (event) self.watch_component(event.session); end);
	end

	-- For the doors that come after these: what was delivered before a reload is answered after it.
	function self.save()
		local saved = { shown_here = shown_here.save() };
		for kind, texts in pairs(answerable) do saved[kind] = texts.save(); end
		return saved;
	end

	return self;
end

return { new = new, PASS = PASS, DROP = DROP, ASK = ASK, TELL = TELL };
