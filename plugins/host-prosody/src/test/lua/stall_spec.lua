-- Prosody's own event loop, with connections that are paused while LuaSocket holds data of theirs. Run: busted src/test/lua

local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local mend = dofile(LUA .. "/mod_chancery/stall.lib.lua").mend;
local event_loop = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "event_loop.lua");

local TAKEN = 8192; -- bytes that LuaSocket takes off a socket at a time; it keeps what is beyond the read size
local READ_SIZE = 1000;
local SENT = 3500;

describe("a paused connection", function ()
	local loop, conn, client, got, on_data, read_size;

	before_each(function ()
		read_size = READ_SIZE;
		conn, got, on_data = nil, 0, function () end;
		loop = event_loop.new({
			onconnect = function (accepted)
				conn = accepted;
				mend(conn);
				conn:set_mode(read_size or conn.read_size);
			end;
			onincoming = function (_, data)
				got = got + #data;
				on_data();
			end;
		}, { read_size = 4096 }); -- Prosody's for clients and servers
		client = loop.client;
	end);

	after_each(function () loop.close(); end);

	local function run_until(done) assert.is_truthy(loop.run_until(done)); end
	local function turn(times)
		run_until(function () times = times - 1; return times <= 0; end);
	end
	local function send_while_paused()
		on_data = function () conn:pause(); end
		client:send(("x"):rep(SENT));
		run_until(function () return got > 0; end);
		assert.equal(READ_SIZE, got);
		assert.is_true(conn.conn:dirty());
	end

	it("has nothing left to read where it was paused, as far as LuaSocket has taken it", function ()
		read_size = nil;
		client:send(("x"):rep(TAKEN + 1));
		on_data = function () conn:pause(); end
		run_until(function () return got > 0; end);
		assert.equal(TAKEN, got);
		assert.is_false(conn.conn:dirty());
	end);

	it("is read to its end when it is resumed, though nothing else comes", function ()
		send_while_paused();
		on_data = function () end;
		conn:resume();
		run_until(function () return got == SENT; end);
	end);

	it("stays paused if it is paused again before it has been read", function ()
		send_while_paused();
		conn:resume();
		conn:pause();
		turn(20);
		assert.equal(READ_SIZE, got);
		conn:resume();
		turn(20);
		assert.equal(2 * READ_SIZE, got); -- is paused with each read
	end);
end);
