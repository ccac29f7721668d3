-- XEP-0045 (sections 7.2.14 and 7.2.15) and XEP-0313: what a room keeps of what was said in it, and its subject, come to those alone
-- whom its author may reach now. Who enters is asked about for those who are in, not for those who have left their words there.
--
-- Whose a stored message is, the id tells that the room gives to each of its people (XEP-0421) and stores with it; whose that is is
-- kept with the room's config. What nobody is known to have said is shown to nobody.

local base64 = require "util.encodings".base64.encode;
local hmac_sha256 = require "util.hashes".hmac_sha256;
local st = require "util.stanza";
local jid_node = require "util.jid".node;

local MUC = "http://jabber.org/protocol/muc";
local MAM = "urn:xmpp:mam:2";
local FORWARD = "urn:xmpp:forward:0";
local OCCUPANT_ID = "urn:xmpp:occupant-id:0";
local BEFORE_OTHERS = 1000; -- priority
local BEFORE_SUBJECT = 21; -- as mod_muc sends it to who enters
local AT_ONCE = 1024 * 1024; -- bytes of addresses that are asked about as if they were in the room, well within a frame

-- Whose a message in a room is: its sender's id, and bare address where that is known.
local function author_of(room, message)
	local given = message:get_child("occupant-id", OCCUPANT_ID);
	local id = given and given.attr.id;
	return id, id and room._data.chancery_authors and room._data.chancery_authors[id];
end

-- Somebody may have written an id into a message themselves, where the room doesn't give any. It makes them as mod_muc's occupant_id does.
local function keep_author(room, message)
	local occupant, id, known = room._occupants[message.attr.from], author_of(room, message);
	if occupant and known == occupant.bare_jid then return; end
	local data = room._data;
	local salt = data.occupant_id_salt;
	if not id or not occupant or not salt or id ~= base64(hmac_sha256(occupant.bare_jid, salt)) then
		message:remove_children("occupant-id", OCCUPANT_ID);
		return;
	end
	data.chancery_authors = data.chancery_authors or {};
	data.chancery_authors[id] = occupant.bare_jid;
	room:save(); -- before the message itself is stored
end

local function is_subject(message)
	return message:get_child("subject") and not message:get_child("body") and not message:get_child("thread");
end

-- What a moderator has removed is kept with their words under its author's name.
local function is_moderated(element)
	for _, child in ipairs(element.tags) do
		if child.name == "moderated" or is_moderated(child) then return true; end
	end
	return false;
end

-- authors, questions, rooms: the other parts
local function new(authors, questions, rooms)
	local self = {};

	-- Asks about many authors at once, as if they were in the room, and about each only where that is refused.
	local function ask_about_all(room, reader, shown, list)
		local join = st.presence({ from = reader, to = room.jid .. "/" .. (jid_node(reader) or "reader") });
		local question = questions.of(join, reader, join.attr.to);
		question.room_version, question.people = rooms.new_version(), list;
		authors.ask(shown, question, function (verdict)
			for _, author in ipairs(list) do
				if verdict.allowed then shown.authors[author] = true; else authors.ask_about(shown, author); end
			end
		end);
	end

	-- Asks whose words somebody may read.
	local function ask(room, reader)
		local everybody = {};
		for _, author in pairs(room._data.chancery_authors or {}) do everybody[author] = true; end
		everybody[room._data.chancery_subject_author or reader] = true;
		local shown, list, bytes = authors.shown_to(reader), {}, 0;
		shown.module = self;
		everybody[reader], everybody[shown.reader] = nil, nil;
		for author in pairs(everybody) do
			list[#list + 1], bytes = author, bytes + #author;
			if bytes > AT_ONCE then
				ask_about_all(room, reader, shown, list);
				list, bytes = {}, 0;
			end
		end
		if #list > 0 then ask_about_all(room, reader, shown, list); end
		return shown;
	end

	-- What the room says itself is nobody's.
	local function is_shown(room, message, shown)
		local _, author = author_of(room, message);
		return message.attr.from == room.jid or (author and shown.authors[author] and not is_moderated(message));
	end

	-- Begins to ask for who enters a room, as the question itself is asked.
	function self.prepare(question)
		local presence = question.element;
		if question.room == "" or presence.name ~= "presence" or presence.attr.type then return; end
		if presence.chancery_history and presence.chancery_history.module == self then return; end -- the room has changed meanwhile
		local room = rooms.at(question.room);
		if not room or (rooms.is_in(question.room, question.from) and not presence:get_child("x", MUC)) then return; end
		presence.chancery_history = ask(room, question.from);
	end

	-- Waits, in a coroutine, until that is known. Returns whether it could be.
	function self.await(question)
		local shown = question.element.chancery_history;
		return not shown or authors.await(shown);
	end

	-- What is asked for as somebody enters. All who are in may reach them, or they wouldn't be let in.
	local function on_history(host, event)
		if event.chancery_is_seen then return; end
		event.chancery_is_seen = true;
		local room, shown = event.room, event.stanza.chancery_history or { authors = {} };
		for _, occupant in pairs(room._occupants) do shown.authors[occupant.bare_jid] = true; end
		host:fire_event("muc-get-history", event);
		local next_stanza = event.next_stanza;
		function event.next_stanza()
			local message = next_stanza();
			while message and not is_shown(room, message, shown) do message = next_stanza(); end
			return message;
		end
		return true;
	end

	-- Who enters is sent a subject in any case: that ends their entering. The room sends it through a method of its own, next.
	local function on_subject_due(event)
		local room, shown = event.room, event.stanza.chancery_history;
		local data, route = room._data, rawget(room, "route_stanza");
		local empties = room.chancery_empties; -- { by = a method that empties one subject, own = the room's own one, if it has any }
		if route and empties and empties.by == route then -- which was never sent
			route = empties.own;
			room.route_stanza = route;
		end
		event.stanza.chancery_history = nil; -- the room keeps the stanza
		local author = data.chancery_subject_author;
		if not data.subject or (data.subject_from or room.jid) == room.jid or (author and shown and shown.authors[author]) then return; end
		local function route_once(_, message)
			if is_subject(message) and message.attr.to == event.stanza.attr.from then
				room.route_stanza = route;
				message = st.message({ from = room.jid, to = message.attr.to, type = "groupchat" }):tag("subject"):up();
			end
			return (route or getmetatable(room).__index.route_stanza)(room, message);
		end
		room.chancery_empties, room.route_stanza = { by = route_once, own = route }, route_once;
	end

	local function on_archive_query(event)
		local origin, stanza = event.origin, event.stanza;
		local room = stanza.attr.to and rooms.at(stanza.attr.to); -- none is the own account
		if not room then return; end
		local shown = ask(room, stanza.attr.from);
		local is_decided = authors.await(shown);
		if not origin.send then return true; end -- its session has ended
		if not is_decided then return origin.send(st.error_reply(stanza, "wait", "resource-constraint")); end
		event.origin = setmetatable({ send = function (answer)
			local result = answer.name == "message" and answer:get_child("result", MAM);
			local message = result and result:find("{" .. FORWARD .. "}forwarded/{jabber:client}message");
			if result and not (message and is_shown(room, message, shown)) then return true; end
			return origin.send(answer);
		end }, { __index = origin });
	end

	function self.attach(host)
		host:hook("muc-add-history", function (event) keep_author(event.room, event.stanza); end, BEFORE_OTHERS);
		host:hook("muc-broadcast-message", function (event)
			local occupant = is_subject(event.stanza) and event.room._occupants[event.stanza.attr.from];
			if occupant then event.room._data.chancery_subject_author = occupant.bare_jid; end -- saved with the subject
		end);
		host:hook("muc-get-history", function (event) return on_history(host, event); end, BEFORE_OTHERS);
		host:hook("muc-occupant-session-new", on_subject_due, BEFORE_SUBJECT);
		host:hook("iq-set/bare/" .. MAM .. ":query", on_archive_query, BEFORE_OTHERS);
	end

	return self;
end

return { new = new };
