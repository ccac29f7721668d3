-- What the host makes in somebody's name, and sends by itself. Run: busted src/test/lua

local scenes = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "host_scene.lua");
local st = require "util.stanza";

describe("a goodbye that the host makes for a client, as mod_blocklist does", function ()
	local ADA, CLARA, ELSEWHERE = "ada@example.test/any words", "clara@example.test", "clara@elsewhere.test";
	local scene, ada, delivered;

	before_each(function ()
		scene, delivered = scenes.new_scene(), {};
		local function deliver(event)
			delivered[#delivered + 1] = (event.stanza.attr.type or "available") .. " to " .. event.stanza.attr.to;
			return true;
		end
		scene.hosts["example.test"].events.add_handler("presence/bare", deliver, 0);
		scene.hosts["example.test"].events.add_handler("route/remote", deliver, 0);
		ada = scene.client(ADA);
		prosody.full_sessions[ADA], ada.chancery_is_older = ada, false; -- it has begun under this module
	end);

	local function goodbye(to, from)
		prosody.core_post_stanza(scene.hosts["example.test"], st.presence { type = "unavailable", from = from or ADA, to = to });
	end

	for _, clara in ipairs { CLARA, ELSEWHERE } do
		it("reaches nobody who hasn't seen its presence: " .. clara, function ()
			goodbye(clara);
			assert.same({}, delivered);
		end);

		it("reaches who has seen it, once: " .. clara, function ()
			ada.receive(st.presence { to = clara });
			scene.allow(1);
			goodbye(clara);
			goodbye(clara);
			assert.same({ "available to " .. clara, "unavailable to " .. clara }, delivered);
		end);
	end

	it("goes on where it has no client's address", function ()
		goodbye(CLARA, "ada@example.test");
		goodbye(CLARA, "example.test");
		assert.equal(2, #delivered);
	end);
end);

describe("what a host sends to others because somebody has it do so", function ()
	local COMMANDS = "http://jabber.org/protocol/commands";
	local scene, ada, delivered;

	-- As mod_announce does, with one stanza for all.
	local function announce(event)
		local message = st.message { type = "headline", from = "example.test" }:tag("body"):text("words"):up();
		for _, name in ipairs { "bob", "clara", "ada" } do
			message.attr.to = name .. "@example.test";
			prosody.core_post_stanza(scene.hosts["example.test"], message);
		end
		if event.stanza.attr.id == "faulty" then error("made up"); end
		return true;
	end

	before_each(function ()
		scene, delivered = scenes.new_scene(), {};
		local events = scene.hosts["example.test"].events;
		events.add_handler("message/host", announce, 0);
		events.add_handler("iq/host", function (event)
			return events.fire_event("iq-set/host/" .. COMMANDS .. ":command", event);
		end, 0);
		events.add_handler("iq-set/host/" .. COMMANDS .. ":command", announce, 0);
		events.add_handler("message/bare", function (event)
			delivered[#delivered + 1] = event.stanza.attr.to .. " from " .. event.stanza.attr.from;
			return true;
		end, 0);
		ada = scene.client("ada@example.test/desk");
	end);

	local function message(id)
		return st.message { to = "example.test/announce/online", id = id }:tag("body"):text("words"):up();
	end
	local function command()
		return st.iq { type = "set", id = "c", to = "example.test" }:tag("command", { xmlns = COMMANDS, node = "announce" }):up();
	end

	for what, stanza in pairs { message = message("m"), command = command() } do
		it("is asked about in that one's name, for each: " .. what, function ()
			ada.receive(stanza);
			scene.allow(1);
			assert.equal(3, #scene.asked);
			for n, to in ipairs { "bob@example.test", "clara@example.test" } do
				local question = scene.asked[n + 1];
				assert.same({ "ada@example.test/desk", to, to, "example.test" }, { question.from, question.to, question.element.attr.to, question.element.attr.from });
			end
			assert.same({ "ada@example.test from example.test" }, delivered); -- the own words
			scene.allow(3);
			scene.lose(2);
			assert.same({ "ada@example.test from example.test", "clara@example.test from example.test" }, delivered);
			assert.same({ "r1 handed on", "r3 handed on" }, scene.outcomes);
		end);
	end

	it("is so for a component's and another server's people too", function ()
		local gateway = scene.component("gw.test");
		local stanza = message("m");
		stanza.attr.from = "x@gw.test";
		gateway.receive(stanza);
		scene.allow(1);
		assert.equal(4, #scene.asked);
		assert.equal("x@gw.test", scene.asked[2].from);
	end);

	it("is the host's own once that has come to an end, with a fault as well", function ()
		local stanza = message("faulty");
		stanza.attr.from = "ada@example.test/desk";
		assert.is_false(pcall(scene.hosts["example.test"].events.fire_event, "message/host", { origin = ada, stanza = stanza }));
		assert.equal(2, #scene.asked);
		delivered = {};
		announce { stanza = st.message {} };
		assert.equal(2, #scene.asked);
		assert.equal(3, #delivered);
	end);

	it("is the host's own also while another's is dealt with, and waits", function ()
		local wait, go_on;
		scene.hosts["example.test"].events.add_handler("message/host", function ()
			wait, go_on = require "util.async".waiter();
			wait();
		end, 1);
		ada.receive(message("m"));
		scene.allow(1);
		announce { stanza = st.message {} };
		assert.equal(1, #scene.asked);
		assert.equal(3, #delivered);
		go_on();
		assert.equal(3, #scene.asked);
	end);
end);
