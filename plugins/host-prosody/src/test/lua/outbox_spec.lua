-- What leaves for the engine, and in how many writes. Run: busted src/test/lua

local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local outbox = dofile(LUA .. "/mod_chancery/outbox.lib.lua");

describe("frames for the engine", function ()
	local box, buffer, sent, takes;

	-- A connection as net.server_epoll's: it writes when the event loop says so, or at once.
	before_each(function ()
		buffer, sent, takes = "", {}, true;
		local conn = {};
		function conn:write(bytes) buffer = buffer .. bytes; end
		function conn:onwritable()
			box.flush();
			if not takes then return; end
			sent[#sent + 1], buffer = buffer, "";
			box.drained();
		end
		box = outbox.new(conn);
	end);

	it("leave together with the event loop's next write", function ()
		box.send("a", false);
		box.send("b", false);
		assert.equal("", buffer);
		box.flush();
		assert.equal("ab", buffer);
	end);

	it("leave at once when they are eight, in order", function ()
		for i = 1, 20 do box.send(i .. " ", true); end
		assert.same({ "1 2 3 4 5 6 7 8 ", "9 10 11 12 13 14 15 16 " }, sent);
		box.flush();
		assert.equal("17 18 19 20 ", buffer);
	end);

	it("leave at once where the engine has nothing else to do, without a look at the event loop", function ()
		box.send("a", true, true);
		assert.same({ "a" }, sent);
		assert.equal("", buffer);
		box.send("b", true, false);
		box.send("c", true, true);
		assert.same({ "a" }, sent); -- what is on its way takes it along
		box.flush();
		assert.equal("bc", buffer);
		box.drained();
		takes = false;
		box.send("d", true, true);
		box.send("e", true, true);
		takes = true;
		box.drained();
		box.send("f", true, true);
		assert.matches("def$", sent[2]);
	end);

	it("ride along where nobody waits for them, and are no reason to leave", function ()
		for i = 1, 20 do box.send("o" .. i .. " ", false); end
		assert.same({}, sent);
		for i = 1, 8 do box.send(i .. " ", true); end
		assert.equal(1, #sent);
		assert.matches("^o1 .* o20 1 2 3 4 5 6 7 8 $", sent[1]);
	end);

	it("wait for the event loop where the engine takes no more, and are not tried for each", function ()
		takes = false;
		local tries = 0;
		local flush = box.flush;
		function box.flush() tries = tries + 1; return flush(); end
		for i = 1, 100 do box.send(i .. " ", true); end
		assert.equal(1, tries);
		takes = true;
		box.drained();
		box.send("end", true);
		assert.equal(2, tries);
		assert.matches("^1 2 3 .* 99 100 end$", sent[1]);
	end);
end);
