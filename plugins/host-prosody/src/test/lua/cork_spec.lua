-- Prosody's own event loop, with batches of writes to its connections. Run: busted src/test/lua

local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local new = dofile(LUA .. "/mod_chancery/cork.lib.lua").new;
local event_loop = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "event_loop.lua");

local MUCH = 16 * 1024 * 1024; -- bytes, more than a socket takes at once

describe("a batch", function ()
	local loop, cork, conn, client, ended, logged;

	local function run_until(done) assert.is_truthy(loop.run_until(done)); end
	-- All that comes until nothing more does.
	local function received()
		local all = {};
		client:settimeout(0.05);
		repeat
			local data, err, partial = client:receive(1024 * 1024);
			all[#all + 1] = data or partial;
		until err;
		return table.concat(all);
	end
	local function write(...)
		cork.writes_to(conn);
		for _, data in ipairs { ... } do conn:write(data); end
	end

	before_each(function ()
		logged = 0;
		cork, conn, ended = new(function () logged = logged + 1; end), nil, false;
		loop = event_loop.new({
			onconnect = function (accepted) conn = accepted; end;
			onincoming = function () end;
			ondisconnect = function () ended = true; end;
		}, {});
		client = loop.client;
		client:send("x");
		run_until(function () return conn and conn._connected; end);
	end);

	after_each(function () loop.close(); end);

	it("is written at its end, without a turn of the event loop", function ()
		cork.run(function ()
			write("a", "b");
			write("c");
			assert.equal("", received());
		end);
		assert.equal("abc", received());
		assert.is_false(conn._wantwrite);
	end);

	it("leaves writing to the event loop when it is over", function ()
		cork.run(write, "a");
		write("b");
		assert.equal("a", received());
		run_until(function () return not conn._wantwrite; end);
		assert.equal("b", received());
	end);

	it("gives its results and its error, and is written after an error too", function ()
		assert.same({ true, 1, nil, 3 }, { cork.run(function (...) return ...; end, 1, nil, 3) });
		local ok, err = cork.run(function () write("a"); error("broken", 0); end);
		assert.is_false(ok);
		assert.equal("broken", err);
		assert.equal("a", received());
	end);

	it("ends with the outer one", function ()
		cork.run(function ()
			cork.run(write, "a");
			assert.equal("", received());
		end);
		assert.equal("a", received());
	end);

	it("keeps what a socket doesn't take for the event loop", function ()
		cork.run(write, ("x"):rep(MUCH));
		local got = 0;
		run_until(function () got = got + #received(); return got == MUCH; end);
	end);

	it("doesn't try again and again where a socket takes no more", function ()
		cork.run(write, ("x"):rep(MUCH));
		local tries, socket_of = 0, conn.conn;
		conn.conn = setmetatable({ send = function (_, ...) tries = tries + 1; return socket_of:send(...); end }, { __index = function (_, name)
			return function (_, ...) return socket_of[name](socket_of, ...); end;
		end });
		for _ = 1, 100 do cork.run(write, "y"); end
		assert.equal(0, tries);
		local got = 0;
		run_until(function () got = got + #received(); return got == MUCH + 100; end);
	end);

	it("goes on with the others where a connection fails", function ()
		local failing = { writebuffer = "a", onwritable = function () error("broken"); end };
		cork.run(function ()
			cork.writes_to(failing);
			write("a");
		end);
		assert.equal("a", received());
		assert.equal(1, logged);
	end);

	it("leaves a connection that is held back alone", function ()
		cork.run(function ()
			write("a");
			conn:pause_writes();
		end);
		assert.equal("", received());
		cork.run(write, "b");
		assert.equal("", received());
		conn:resume_writes();
		run_until(function () return not conn._wantwrite; end);
		assert.equal("ab", received());
	end);

	it("is written whole to a connection that is closed in it", function ()
		cork.run(function ()
			write("a");
			conn:close();
		end);
		assert.equal("a", received());
		assert.is_true(ended);
	end);

	it("takes no notice of connections that it has nothing for", function ()
		cork.run(function ()
			cork.writes_to(conn);
			cork.writes_to(nil);
			cork.writes_to({}); -- of another backend than server_epoll
		end);
		assert.is_nil(conn._writing);
		conn:write("a");
		run_until(function () return not conn._wantwrite; end);
		assert.equal("a", received());
	end);
end);
