-- What leaves for the engine on one connection: many frames in one write. Pure: knows the connection by its methods.
--
-- The first frame arms the socket, and what has come until it is written rides along. Left to the event loop alone, all that a
-- busy tick has asked leaves at its end, and host and engine take turns; a few questions are worth a write of their own, so that
-- the engine works while this host still reads. So is one that the engine has nothing to do beside. Nobody waits for an outcome:
-- it rides along, or leaves at the end of the tick.

local EAGER = 8; -- urgent frames

-- conn: a connection of net.server
local function new(conn)
	local self = { writing = false }; -- within a write at once: what goes wrong there is told within send()
	local armed, clogged = false, false; -- clogged: the last write at once did not take all
	local out, out_n, urgent_n = {}, 0, 0;

	-- Adds what has come to a write that is under way.
	function self.flush()
		if out_n == 0 then return; end
		local bytes = table.concat(out, "", 1, out_n);
		out, out_n, urgent_n = {}, 0, 0;
		conn:write(bytes);
	end

	local function write_now()
		self.writing = true;
		conn:onwritable(); -- net.server_epoll's own way to write at once
		self.writing, clogged = false, armed;
	end

	-- urgent: whether it may be written now, with what has come before it; alone: whether the engine has nothing else to do
	function self.send(bytes, urgent, alone)
		out_n = out_n + 1;
		out[out_n] = bytes;
		local at_once = urgent and conn.onwritable and not self.writing and not clogged;
		if not armed then
			armed = true;
			if at_once and alone then return write_now(); end
			conn:write(""); -- at once where network_settings has opportunistic_writes
		end
		if not urgent then return; end
		urgent_n = urgent_n + 1;
		if urgent_n >= EAGER and at_once then write_now(); end
	end

	-- All has been written.
	function self.drained()
		armed, clogged = false, false;
	end

	return self;
end

return { new = new };
