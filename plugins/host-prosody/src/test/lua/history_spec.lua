-- What a room keeps is for whom its author may reach. Run: busted src/test/lua

local PROSODY = os.getenv("PROSODY_LIB") or "/usr/lib/prosody";
package.path = PROSODY .. "/?.lua;" .. package.path;
package.cpath = PROSODY .. "/?.so;" .. package.cpath;
local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";

local st = require "util.stanza";
local base64 = require "util.encodings".base64.encode;
local hmac_sha256 = require "util.hashes".hmac_sha256;
local ROOM, READER = "tea@rooms.example.test", "clara@example.test/desk";

describe("what a room keeps", function ()
	local history, hooks, asked, walls, room, kept, refused, away, saved;

	local function said_by(id, words)
		return st.message({ from = ROOM .. "/nick", type = "groupchat" }):text_tag("body", words)
			:tag("occupant-id", { xmlns = "urn:xmpp:occupant-id:0", id = id }):up();
	end

	before_each(function ()
		asked, walls, hooks, kept, refused, away, saved = {}, {}, {}, {}, false, false, 0;
		local decide = function (question, callback)
			asked[#asked + 1] = question;
			local who = question.people and "all" or question.stanza.attr.from;
			if away then return callback({ allowed = false, condition = "resource-constraint" }); end
			callback({ allowed = question.people and not refused or not question.people and not walls[who] });
		end
		room = { jid = ROOM, _data = { occupant_id_salt = "salt" }, _occupants = {}, save = function () saved = saved + 1; end };
		local rooms = { at = function (jid) return jid == ROOM and room or nil; end, is_in = function () return false; end, new_version = function () return 7; end };
		local questions = { of = function (stanza) return { stanza = stanza }; end };
		local authors = dofile(LUA .. "/mod_chancery/authors.lib.lua").new(decide, questions);
		history = dofile(LUA .. "/mod_chancery/history.lib.lua").new(authors, questions, rooms);
		local host = { hook = function (_, name, handler) hooks[name] = handler; end };
		function host.fire_event(_, _, event)
			local at = 0;
			event.next_stanza = function () at = at + 1; return kept[at]; end
		end
		history.attach(host);
	end);

	local function says(bare_jid, words, forged)
		room._occupants[ROOM .. "/nick"] = { bare_jid = bare_jid };
		local message = said_by(forged or base64(hmac_sha256(bare_jid, "salt")), words);
		hooks["muc-add-history"]({ room = room, stanza = message });
		room._occupants[ROOM .. "/nick"] = nil;
		kept[#kept + 1] = message;
	end

	local function enters(is_prepared)
		local presence = st.presence({ from = READER, to = ROOM .. "/Clara" });
		if is_prepared ~= false then history.prepare({ room = ROOM, from = READER, element = presence }); end
		local event = { room = room, stanza = presence };
		hooks["muc-get-history"](event);
		local read = {};
		for message in event.next_stanza do read[#read + 1] = message:get_child_text("body"); end
		return read, presence;
	end

	it("is asked about once for all authors, who are kept once", function ()
		says("ada@example.test", "one");
		says("emma@example.test", "two");
		says("ada@example.test", "three");
		assert.same({ "one", "two", "three" }, (enters()));
		assert.equal(1, #asked);
		assert.equal(7, asked[1].room_version);
		table.sort(asked[1].people);
		assert.same({ "ada@example.test", "emma@example.test" }, asked[1].people);
		assert.equal(2, saved);
	end);

	it("is asked about in parts where its authors are too many for one frame, and only a refused part author by author", function ()
		local longest = ("x"):rep(1000) .. "@example.test";
		room._data.chancery_authors = {};
		for i = 1, 5000 do room._data.chancery_authors["id" .. i] = i .. longest; end
		enters();
		assert.equal(5, #asked);
		local authors = 0;
		for _, question in ipairs(asked) do
			authors = authors + #question.people;
			assert.is_true(#table.concat(question.people) < 2 * 1024 * 1024);
		end
		assert.equal(5000, authors);
	end);

	it("comes without the words of whom a wall keeps away", function ()
		says("ada@example.test", "one");
		says("emma@example.test", "two");
		refused, walls["ada@example.test"] = true, true;
		assert.same({ "two" }, (enters()));
	end);

	it("comes with the reader's own words, and the room's", function ()
		says("clara@example.test", "mine");
		kept[#kept + 1] = st.message({ from = ROOM, type = "groupchat" }):text_tag("body", "the room's");
		refused = true;
		assert.same({ "mine", "the room's" }, (enters()));
		assert.equal(0, #asked);
	end);

	it("comes without what nobody is known to have said, or nobody was asked about", function ()
		says("ada@example.test", "one");
		kept[#kept + 1] = said_by("unknown", "two");
		kept[#kept + 1] = st.message({ from = ROOM .. "/nick", type = "groupchat" }):text_tag("body", "three");
		assert.same({ "one" }, (enters()));
		assert.same({}, (enters(false)));
	end);

	it("comes without what somebody has put somebody else's id on, where the room gives none", function ()
		says("ada@example.test", "secret", "forged");
		says("emma@example.test", "mine", "forged");
		walls["ada@example.test"], refused = true, true;
		assert.same({}, (enters()));
	end);

	it("comes without what a moderator has left in a message's place", function ()
		says("ada@example.test", "one");
		kept[1]:tag("apply-to"):tag("moderated", { by = ROOM .. "/Mod" }):text_tag("reason", "words"):reset();
		assert.same({}, (enters()));
	end);

	it("is for nobody to enter or search for while it can't be decided", function ()
		says("ada@example.test", "one");
		local presence = st.presence({ from = READER, to = ROOM .. "/Clara" });
		local question = { room = ROOM, from = READER, element = presence };
		history.prepare(question);
		assert.is_true(history.await(question));
		presence.chancery_history, away = nil, true;
		history.prepare(question);
		assert.is_false(history.await(question));
		local sent;
		local query = st.iq({ type = "set", id = "q", from = READER, to = ROOM }):query("urn:xmpp:mam:2");
		local event = { stanza = query, origin = { send = function (answer) sent = answer; return true; end } };
		local on_query = hooks["iq-set/bare/urn:xmpp:mam:2:query"];
		assert.is_true(on_query(event));
		assert.equal("error", sent.attr.type);
		away, sent = false, nil;
		assert.is_nil(on_query(event));
		assert.is_nil(sent);
		query.attr.to = nil; -- the own account
		assert.is_nil(on_query(event));
	end);

	it("comes with the words of whoever is in, who were asked about with the join", function ()
		says("ada@example.test", "one");
		room._occupants[ROOM .. "/Ada"] = { bare_jid = "ada@example.test" };
		assert.same({ "one" }, (enters(false)));
	end);

	it("has an empty subject for whom its author may not reach, once", function ()
		local routed = {};
		local class = { route_stanza = function (_, message) routed[#routed + 1] = message; end };
		class.__index = class;
		setmetatable(room, class);
		room._data.subject, room._data.subject_from, room._data.chancery_subject_author = "plans", ROOM .. "/Ada", "ada@example.test";
		refused, walls["ada@example.test"] = true, true;
		local _, presence = enters();
		hooks["muc-occupant-session-new"]({ room = room, stanza = presence });
		assert.is_nil(presence.chancery_history);
		local subject = st.message({ from = ROOM .. "/Ada", to = READER, type = "groupchat" }):text_tag("subject", "plans");
		room:route_stanza(st.message({ from = ROOM .. "/Ada", to = "emma@example.test/desk", type = "groupchat" }):text_tag("subject", "plans"));
		room:route_stanza(subject);
		room:route_stanza(subject);
		assert.same({ "plans", "", "plans" }, { routed[1]:get_child_text("subject"), routed[2]:get_child_text("subject"), routed[3]:get_child_text("subject") });
		assert.equal(ROOM, routed[2].attr.from);
		walls["ada@example.test"] = nil;
		_, presence = enters();
		hooks["muc-occupant-session-new"]({ room = room, stanza = presence });
		room:route_stanza(subject);
		assert.equal("plans", routed[4]:get_child_text("subject"));
	end);

	it("leaves no trace of a subject that was due and, by another module's fault, never sent", function ()
		local class = { route_stanza = function () end };
		class.__index = class;
		setmetatable(room, class);
		room._data.subject, room._data.subject_from, room._data.chancery_subject_author = "plans", ROOM .. "/Ada", "ada@example.test";
		refused, walls["ada@example.test"] = true, true;
		local function is_due()
			local _, presence = enters();
			hooks["muc-occupant-session-new"]({ room = room, stanza = presence });
		end
		for _ = 1, 3 do is_due(); end
		assert.is_function(rawget(room, "route_stanza"));
		walls["ada@example.test"] = nil;
		is_due();
		assert.is_nil(rawget(room, "route_stanza"));
	end);
end);
