-- What becomes of those who enter a room, or speak there, at the same time. Run: busted src/test/lua

local scenes = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "host_scene.lua");
local st = require "util.stanza";
local jid = require "util.jid";

local MUC = "http://jabber.org/protocol/muc";

local function join(nick)
	return st.presence { to = scenes.ROOM .. "/" .. nick }:tag("x", { xmlns = MUC }):up();
end

local function message(to, id)
	return st.message { to = to, type = "groupchat", id = id }:tag("body"):text(id):up();
end

describe("a room that many enter at the same time", function ()
	local scene, entered, delivered;

	before_each(function ()
		scene, entered, delivered = scenes.new_scene(), {}, {};
		local events = scene.hosts["rooms.test"].events;
		events.add_handler("presence/full", function (event)
			local nick, bare = jid.resource(event.stanza.attr.to), jid.bare(event.stanza.attr.from);
			scene.destroyed = false;
			scene.occupy(nick, bare);
			entered[#entered + 1] = nick;
			return true;
		end, 0);
		for _, kind in ipairs { "message/bare", "message/full" } do
			events.add_handler(kind, function (event)
				delivered[#delivered + 1] = event.stanza.attr.id;
				return true;
			end, 0);
		end
	end);

	-- So many clients, each of which wants to enter; their questions are asked, in order.
	local function crowd(size)
		local clients = {};
		for i = 1, size do
			clients[i] = scene.client("p" .. i .. "@example.test/desk");
			clients[i].receive(join("p" .. i));
		end
		assert.equal(size, #scene.asked);
		return clients;
	end

	-- The verdicts on these questions come in one batch; and then one by one those on all that is asked anew.
	local function allow_all(first, last)
		local batch = {};
		for n = first, last do batch[#batch + 1] = n; end
		scene.allow(table.unpack(batch));
		local n = last;
		while scene.asked[n + 1] do
			n = n + 1;
			scene.allow(n);
		end
	end

	local function count(what)
		local n = 0;
		for _, outcome in ipairs(scene.outcomes) do
			if outcome:match(what .. "$") then n = n + 1; end
		end
		return n;
	end

	it("lets all of them in, one after the other, with one more question each", function ()
		local clients = crowd(40);
		allow_all(1, 40);
		assert.equal(40, #entered);
		assert.same({ "p1", "p2", "p3" }, { entered[1], entered[2], entered[3] });
		assert.equal(40 + 39, #scene.asked);
		assert.equal(40, count("handed on"));
		assert.equal(39, count("bounced"));
		for _, client in ipairs(clients) do assert.same({}, client.sent); end
		assert.same({}, scene.faults);
	end);

	it("lets them in from a component's stream too, which is in order", function ()
		local gateway = scene.component("gw.test");
		for i = 1, 20 do
			local stanza = join("g" .. i);
			stanza.attr.from = "g" .. i .. "@gw.test/desk";
			gateway.receive(stanza);
		end
		scene.client("p1@example.test/desk").receive(join("p1"));
		allow_all(1, 21);
		assert.equal(21, #entered);
		assert.equal(21, count("handed on"));
		assert.is_false(gateway.is_paused);
	end);

	it("is asked about by one of them at a time, who knows of all that are in", function ()
		crowd(3);
		scene.allow(1, 2, 3);
		assert.equal(4, #scene.asked);
		scene.allow(4);
		assert.equal(5, #scene.asked);
		assert.is_true(scene.asked[5].room_version > scene.asked[2].room_version);
		scene.allow(5);
		assert.same({ "p1", "p2", "p3" }, entered);
	end);

	it("hears what they say behind it, after they are in", function ()
		local clients = crowd(6);
		for i, client in ipairs(clients) do client.receive(message(scenes.ROOM, "m" .. i)); end
		allow_all(1, 12);
		assert.equal(6, #entered);
		table.sort(delivered);
		assert.same({ "m1", "m2", "m3", "m4", "m5", "m6" }, delivered);
		assert.equal(12, count("handed on"));
	end);

	it("doesn't wait for somebody about whom no verdict comes", function ()
		local clients = crowd(4);
		scene.allow(1, 2, 3);
		scene.lose(5);
		assert.equal("wait", clients[2].sent[1]:get_error());
		clients[4].receive(message(scenes.ROOM, "behind"));
		assert.same({ "p1" }, entered);
		scene.allow(4);
		allow_all(6, 6);
		assert.same({ "p1", "p4" }, entered);
	end);

	it("refuses who has been in line for as long as a verdict may take", function ()
		local clients = crowd(4);
		scene.allow(1, 2, 3, 4);
		scene.now = 6;
		scene.allow(5);
		assert.equal(5, #scene.asked);
		assert.same({ "p1", "p2" }, entered);
		for i = 3, 4 do
			assert.equal("wait", clients[i].sent[1]:get_error());
			assert.matches("joining and leaving", clients[i].sent[1]:get_child("error"):get_child_text("text", "urn:ietf:params:xml:ns:xmpp-stanzas"));
		end
		assert.same({ "r1 handed on", "r2 bounced", "r3 bounced", "r4 bounced", "r5 handed on" }, scene.outcomes);
		clients[3].receive(join("p3"));
		scene.allow(6);
		assert.same({ "p1", "p2", "p3" }, entered);
	end);

	it("doesn't wait for somebody whose stream has ended in line", function ()
		local clients = crowd(4);
		scene.allow(1, 2, 3, 4);
		clients[2].destroyed, clients[3].destroyed = true, true;
		allow_all(5, 5);
		assert.same({ "p1", "p4" }, entered);
		assert.equal(2, count("handed on"));
		assert.equal(#scene.asked, #scene.outcomes);
	end);

	it("lets them in also where it is destroyed and made anew meanwhile", function ()
		scene.occupy("Eve", "eve@example.test");
		crowd(3);
		scene.allow(1, 2, 3);
		scene.destroyed = true;
		scene.allow(4);
		assert.equal(0, scene.asked[5].room_version);
		allow_all(5, 5);
		assert.same({ "p1", "p2", "p3" }, entered);
	end);

	it("doesn't wait for somebody about whom nothing can be asked any more", function ()
		crowd(4);
		scene.fails_at = 5;
		scene.allow(1, 2, 3, 4);
		assert.matches("made up", scene.faults[1]);
		allow_all(6, 6);
		assert.same({ "p1", "p3", "p4" }, entered);
	end);

	it("shows a whisper to nobody who has its nickname by the time of its turn", function ()
		scene.occupy("Bob", "bob@example.test");
		crowd(2);
		local ada = scene.client("ada@example.test/desk");
		ada.receive(message(scenes.ROOM .. "/Bob", "secret"));
		scene.allow(1, 2, 3);
		scene.occupy("Bob", nil);
		scene.occupy("Bob", "walled@example.test");
		allow_all(4, 4);
		assert.same({}, delivered);
		assert.same({ "p1", "p2" }, entered);
		assert.equal("wait", ada.sent[1]:get_error());
		assert.equal(#scene.asked, #scene.outcomes);
	end);
end);
