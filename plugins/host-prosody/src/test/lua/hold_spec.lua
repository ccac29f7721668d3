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
			scene.now = scene.now + 1;
			scene.allow(attempt);
		end
		assert.equal(5, #scene.asked);
		scene.occupy("Walled", "walled@example.test");
		component.die();
		scene.now = scene.now + 2;
		scene.allow(5);
		assert.equal(5, #scene.asked);
		assert.same({}, delivered);
		assert.same({ "r1 bounced", "r2 bounced", "r3 bounced", "r4 bounced", "r5 bounced" }, scene.outcomes);
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

	-- What a handler of the host does with messages for Bob: by the message's id.
	local function on_message(handlers)
		scene.hosts["example.test"].events.add_handler("message/bare", function (event)
			local handler = handlers[event.stanza.attr.id];
			if handler then handler(event); end
			delivered[#delivered + 1] = event.stanza.attr.id;
			return true;
		end, 0);
	end
	local function fail() error("storage full"); end
	-- One that waits until it is told to go on.
	local function slow()
		local self = {};
		function self.handler()
			local wait;
			wait, self.go_on = require "util.async".waiter();
			wait();
		end
		return self;
	end

	it("of a living stream on which a handler of the host fails has an outcome that nobody knows, and others theirs", function ()
		on_message { two = fail };
		local ada = scene.client("ada@example.test/desk");
		for _, id in ipairs { "one", "two", "three" } do ada.receive(message("bob@example.test", id)); end
		scene.allow(1, 2, 3);
		assert.same({ "one", "three" }, delivered);
		assert.same({ "r1 handed on", "r2 unknown", "r3 handed on" }, scene.outcomes);
		assert.matches("storage full", scene.faults[1]);
	end);

	it("of a component on which a handler of the host fails has such an outcome as well", function ()
		on_message { one = fail };
		for _, id in ipairs { "one", "two" } do component.receive(message("bob@example.test", id)); end
		scene.allow(1, 2);
		assert.same({ "two" }, delivered);
		assert.same({ "r1 unknown", "r2 handed on" }, scene.outcomes);
	end);

	it("has its outcome when the handler that it waits in has ended", function ()
		local one = slow();
		on_message { one = one.handler };
		local ada = scene.client("ada@example.test/desk");
		ada.receive(message("bob@example.test", "one"));
		scene.allow(1);
		assert.same({}, scene.outcomes);
		one.go_on();
		scene.allow();
		assert.same({ "one" }, delivered);
		assert.same({ "r1 handed on" }, scene.outcomes);
	end);

	it("has an outcome that nobody knows also where another's handler has sent it on, and fails then", function ()
		local ada = scene.client("ada@example.test/desk");
		on_message { one = function (event)
			local another = message("bob@example.test", "two");
			another.attr.from = nil;
			prosody.core_process_stanza(event.origin, another);
		end, two = fail };
		ada.receive(message("bob@example.test", "one"));
		scene.allow(1);
		scene.allow(2);
		assert.same({}, delivered);
		table.sort(scene.outcomes);
		assert.same({ "r1 unknown", "r2 unknown" }, scene.outcomes);
	end);

	it("behind a thread that waits is bounced where the module goes, since it will be asked about anew", function ()
		local one = slow();
		on_message { one = one.handler };
		local ada = scene.client("ada@example.test/desk");
		for _, id in ipairs { "one", "two", "three" } do ada.receive(message("bob@example.test", id)); end
		scene.allow(1, 2);
		scene.unwatch(ada);
		assert.same({ "r2 bounced" }, scene.outcomes);
		scene.allow(3);
		assert.same({ "r2 bounced", "r3 bounced" }, scene.outcomes);
		one.go_on();
		scene.allow();
		assert.equal("r1 handed on", scene.outcomes[3]);
		assert.equal("one", delivered[1]);
	end);

	it("that the host drops after its verdict has an outcome at once, and nothing behind it loses its own", function ()
		on_message {};
		local ada = scene.client("ada@example.test/desk");
		local process = prosody.core_process_stanza;
		function prosody.core_process_stanza(session, stanza)
			if stanza.attr.id ~= "one" then process(session, stanza); end
		end
		ada.receive(message("bob@example.test", "one"));
		scene.allow(1);
		assert.same({ "r1 bounced" }, scene.outcomes);
		ada.receive(message("bob@example.test", "two"));
		scene.allow(2);
		assert.same({ "r1 bounced", "r2 handed on" }, scene.outcomes);
	end);

	it("in a room of more addresses than can be told waits for smaller times", function ()
		local longest = ("x"):rep(1000) .. "@example.test";
		for i = 1, 5000 do scene.occupy("n" .. i, i .. longest); end
		scene.told = {};
		component.receive(message(scenes.ROOM, "one"));
		assert.is_true(scene.asked[1].is_too_large);
		assert.same({}, scene.told);
		for i = 1, 2000 do scene.occupy("n" .. i, nil); end
		component.receive(message(scenes.ROOM, "two"));
		assert.is_nil(scene.asked[2].is_too_large);
		assert.equal(1, #scene.told);
	end);
end);
