-- What becomes of held stanzas where rooms change, streams end and handlers of the host fail meanwhile. Run: busted src/test/lua

local scenes = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "host_scene.lua");
local st = require "util.stanza";

local function message(to, body)
	return st.message { from = "x@gw.test", to = to, type = "chat", id = body }:tag("body"):text(body):up();
end

describe("a held stanza", function ()
	local scene, component, delivered;

	before_each(function ()
		scene, delivered = scenes.new_scene(), {};
		component = scene.component("gw.test");
		scene.occupy("Eve", "eve@example.test");
		scene.occupy("Bob", "bob@example.test");
		scene.hosts["rooms.test"].events.add_handler("message/full", function (event)
			delivered[#delivered + 1] = scene.occupant(event.stanza.attr.to);
			return true;
		end, 0);
		scene.hosts["rooms.test"].events.add_handler("message/bare", function ()
			delivered[#delivered + 1] = "all";
			return true;
		end, 0);
	end);

	local function change_hands()
		scene.occupy("Bob", nil);
		scene.occupy("Bob", "walled@example.test");
	end

	it("reaches nobody who has taken its recipient's nickname", function ()
		component.receive(message(scenes.ROOM .. "/Bob", "secret"));
		assert.equal("bob@example.test", scene.asked[1].recipient);
		change_hands();
		scene.allow(1);
		assert.same({}, delivered);
		assert.same({ "r1 bounced" }, scene.outcomes);
	end);

	it("reaches nobody who has taken its recipient's nickname, also where its stream has ended meanwhile", function ()
		component.receive(message(scenes.ROOM .. "/Bob", "secret"));
		change_hands();
		component.die();
		scene.allow(1);
		assert.same({}, delivered);
		assert.same({ "r1 bounced" }, scene.outcomes);
	end);

	it("reaches no room that never rests, also where its stream has ended meanwhile", function ()
		component.receive(message(scenes.ROOM, "secret"));
		for attempt = 1, 4 do
			scene.occupy("x" .. attempt, "x" .. attempt .. "@example.test");
			scene.allow(attempt);
		end
		assert.equal(5, #scene.asked);
		scene.occupy("Walled", "walled@example.test");
		component.die();
		scene.allow(5);
		assert.same({}, delivered);
		assert.equal("r5 bounced", scene.outcomes[5]);
	end);

	it("outlives its stream where nothing has changed", function ()
		component.receive(message(scenes.ROOM .. "/Bob", "hello"));
		component.die();
		scene.allow(1);
		assert.same({ "bob@example.test" }, delivered);
		assert.same({ "r1 handed on" }, scene.outcomes);
	end);

	it("of an ended stream on which a handler of the host fails has an outcome that nobody knows", function ()
		scene.hosts["example.test"].events.add_handler("message/bare", function () error("storage full"); end, 0);
		component.receive(message("bob@example.test", "one"));
		component.die();
		scene.allow(1);
		assert.same({ "r1 unknown" }, scene.outcomes);
		assert.matches("storage full", scene.faults[1]);
	end);

	it("on which a handler of the host fails doesn't keep its component from being read on", function ()
		scene.hosts["example.test"].events.add_handler("message/bare", function (event)
			if event.stanza.attr.id == "two" then error("storage full"); end
			delivered[#delivered + 1] = event.stanza.attr.id;
			return true;
		end, 0);
		for _, id in ipairs { "one", "two" } do component.receive(message("bob@example.test", id)); end
		assert.is_true(component.is_paused);
		scene.allow(1, 2);
		assert.same({ "one" }, delivered);
		assert.is_false(component.is_paused);
		assert.matches("storage full", scene.faults[1]);
	end);
end);
