-- External components: what they answer goes to whoever has asked them, wherever that is. Run: busted src/test/lua

local scenes = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "host_scene.lua");
local st = require "util.stanza";

local PAT, CONTACT = "pat@partner.test/desk", "contact@gw.test/phone";

describe("an external component's answer", function ()
	local scene, component, came, left;

	before_each(function ()
		scene, came, left = scenes.new_scene(), {}, {};
		component = scene.component("gw.test");
		for _, target in ipairs { "bare", "full", "host" } do -- mod_component
			for _, kind in ipairs { "message", "presence", "iq" } do
				scene.hosts["gw.test"].events.add_handler(kind .. "/" .. target, function (event)
					came[#came + 1] = event.stanza.attr.id;
					return true;
				end, -1);
			end
		end
		local function leaves(event)
			left[#left + 1] = event.stanza.attr.to .. " " .. event.stanza.attr.type;
			return true;
		end
		scene.hosts["gw.test"].events.add_handler("route/remote", leaves, 0);
		for _, target in ipairs { "iq/bare", "iq/full", "message/full" } do
			for _, name in ipairs { "example.test", "rooms.test" } do scene.hosts[name].events.add_handler(target, leaves, 0); end
		end
	end);

	local function server()
		return { type = "s2sin", hosts = { ["partner.test"] = { authed = true } }, log = function () end, send = function () end };
	end
	local function request(from, to)
		return st.iq({ type = "get", id = "question", from = from, to = to }):tag("query", { xmlns = "urn:q" }):up();
	end
	-- Everything that has been asked about so far may pass.
	local function allow_all(first)
		for n = first or 1, #scene.asked do scene.allow(n); end
	end
	local function answer(from, to, type)
		local first = #scene.asked + 1;
		component.receive(st.iq({ type = type or "result", id = "question", from = from, to = to }));
		allow_all(first);
	end

	for _, to in ipairs { "gw.test", "contact@gw.test", CONTACT } do
		it("goes to another server, whose question was for " .. to, function ()
			prosody.core_process_stanza(server(), request(PAT, to));
			allow_all();
			assert.same({ "question" }, came);
			answer(to, PAT);
			assert.same({ PAT .. " result" }, left);
			answer(to, PAT);
			assert.equal(1, #left); -- once
		end);
	end

	it("goes there as an error as well", function ()
		prosody.core_process_stanza(server(), request(PAT, CONTACT));
		allow_all();
		answer(CONTACT, PAT, "error");
		assert.same({ PAT .. " error" }, left);
	end);

	it("goes to a room, which has asked for an occupant", function ()
		prosody.core_post_stanza(scene.hosts["rooms.test"], request(scenes.ROOM .. "/Bob", CONTACT));
		answer(CONTACT, scenes.ROOM .. "/Bob");
		assert.same({ scenes.ROOM .. "/Bob result" }, left);
	end);

	it("goes to a component, whose stanzas are put back", function ()
		component.receive(request("den@gw.test/desk", CONTACT));
		assert.same({}, came);
		allow_all();
		answer(CONTACT, "den@gw.test/desk");
		assert.same({ "question", "question" }, came);
	end);

	it("goes to a person here", function ()
		local ada = scene.client("ada@example.test/desk");
		local asked = request(nil, CONTACT);
		ada.receive(asked);
		allow_all();
		answer(CONTACT, ada.full_jid);
		assert.same({ "ada@example.test/desk result" }, left);
	end);

	it("goes to a person's account, for which the host has written to the component's stream itself", function ()
		component.send(request("bob@example.test", CONTACT)); -- mod_pep: event.origin.send()
		answer(CONTACT, "bob@example.test");
		assert.same({ "bob@example.test result" }, left);
		assert.same({ "question" }, component.written);
	end);

	it("to what is no stanza is none, and what is written after the module has gone isn't looked at", function ()
		component.send(" ");
		scene.doors.unwatch_component(component);
		component.send(request("bob@example.test", CONTACT));
		answer(CONTACT, "bob@example.test");
		assert.same({}, left);
		assert.same({ " ", "question" }, component.written);
	end);

	it("to nobody's question goes nowhere", function ()
		answer(CONTACT, PAT);
		assert.same({}, left);
		assert.same({}, scene.asked);
	end);
end);
