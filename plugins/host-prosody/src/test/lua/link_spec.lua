-- What the link does in which turn of Prosody's own event loop, with an engine at the other end of its socket. Run: busted src/test/lua

local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local event_loop = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "event_loop.lua");
local socket = require "socket";

local RECORD = "node/7";

describe("the link", function ()
	local loop, engine, link, in_cork, frame;

	-- The link's parts as the host would load them, in an event loop of their own.
	local function load_link()
		package.loaded["net.server"], package.loaded["util.timer"] = loop.server, nil;
		local loaded = {};
		_G.module = { require = function (_, name)
			loaded[name] = loaded[name] or dofile(LUA .. "/mod_chancery/" .. name .. ".lib.lua");
			return loaded[name];
		end };
		frame = module:require "frame";
		return module:require "link";
	end

	-- What the engine gets within so many seconds while the event loop rests.
	local function got(seconds)
		engine:settimeout(seconds);
		local data, _, partial = engine:receive(1024 * 1024);
		return data or partial;
	end
	-- Turns the event loop until the engine has got this so often.
	local function gets(text, times)
		local all = "";
		return loop.run_until(function ()
			all = all .. got(0.01);
			return select(2, all:gsub(text, "")) == times;
		end);
	end

	local function says(type, format, ...)
		local body = string.pack(format, ...);
		return string.pack(">I4B", #body + 1, type) .. body;
	end
	local function allows(id) return says(0x14, ">I8Bs4s4s4s4", id, 1, RECORD, "", "", ""); end

	local function submit(answered)
		link.submit({ kind = 0, direction = 0, place = 0, type = "chat", from = "ada@example.test", origin = "example.test", to = "bob@example.test",
			recipient = "", room = "", room_version = 0, stanza = "<message/>", on_answer = answered or function () end });
	end

	before_each(function ()
		loop = event_loop.new_loop();
		local port = assert(socket.bind("127.0.0.1", 0));
		local cork = { run = function (batch, ...)
			in_cork = true;
			local ok, fed, err = pcall(batch, ...);
			in_cork = false;
			return ok, fed, err;
		end };
		link = load_link().new({ address = { host = "127.0.0.1", port = select(2, port:getsockname()) }, deadline = 5, max_held = 1000000,
			software = "spec", log = function () end, cork = cork, on_open = function () end });
		engine = port:accept();
		port:close();
		assert.is_true(gets("spec", 1)); -- hello
		assert(engine:send(says(0x04, ">Bs4I8I8I8", 1, "node-1", 5000, 1000000, 1000000)));
		assert.is_true(loop.run_until(link.is_open));
	end);

	after_each(function ()
		link.stop();
		engine:close();
		loop.close();
	end);

	it("deals with all answers of a batch in the cork", function ()
		local answers = {};
		for _ = 1, 3 do
			submit(function (verdict) answers[#answers + 1] = verdict.allowed and in_cork; end);
		end
		assert(engine:send(allows(1) .. allows(2) .. allows(3)));
		assert.is_true(loop.run_until(function () return #answers == 3; end));
		assert.same({ true, true, true }, answers);
		assert.is_false(in_cork);
	end);

	it("sends a question at once where no other waits, and leaves the next ones to the event loop", function ()
		submit();
		assert.matches("<message/>", got(0.1));
		submit();
		assert.equal("", got(0.1));
		assert.is_true(gets("<message/>", 1));
		assert(engine:send(allows(1) .. allows(2)));
		assert.is_true(loop.run_until(function () return link.waiting() == 0; end));
		submit();
		assert.matches("<message/>", got(0.1));
	end);

	it("tells, when it is stopped, what became of what was allowed behind the unanswered", function ()
		local second;
		submit(function () link.handed_on(second); end); -- as what waits in a tray goes on when what is ahead of it is answered
		submit(function (verdict) second = verdict; end);
		assert.is_true(gets("<message/>", 2));
		assert(engine:send(allows(2)));
		assert.is_true(loop.run_until(function () return second ~= nil; end));
		link.stop();
		assert.is_true(gets(RECORD, 1));
	end);

	it("sends no outcome for its own sake", function ()
		for _ = 1, 20 do link.handed_on({ record = RECORD }); end
		assert.equal("", got(0.1));
		assert.is_true(gets(RECORD, 20));
	end);
end);
