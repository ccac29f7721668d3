-- Keeps what a batch sets free until the batch's end, and writes it then: once to each connection, at once.
--
-- net.server_epoll writes when the event loop says that a connection can be written to, so that each message costs two changes of
-- what epoll watches, a timer and an event, and the recipient waits for a turn of the loop. Who has many verdicts in hand knows when
-- the last one is dealt with. Pure: knows connections by net.server_epoll's fields, and leaves others alone.

local function has_data(conn)
	local buffer = conn.writebuffer;
	return buffer ~= nil and (buffer[1] or type(buffer) == "string") and true or false;
end

-- log: told where a connection fails
local function new(log)
	local self = {};
	local corked; -- while a batch runs: connections that are written to at its end

	-- Something is about to be written to this connection. One that has more to write than it takes is the event loop's already: to try
	-- again with each batch would copy all that waits.
	function self.writes_to(conn)
		if not corked or not conn or not conn.onwritable or conn._writing or conn._write_lock then return; end
		if conn._wantwrite and has_data(conn) then return; end
		conn._writing = true; -- as within a write, when what else is written is only added to the buffer
		corked[#corked + 1] = conn;
	end

	local function uncork(conns)
		for _, conn in ipairs(conns) do conn._writing = nil; end
		for _, conn in ipairs(conns) do
			-- A connection that is being held back keeps its data until it is let go, and one that can't be written to now is armed by this.
			if has_data(conn) and not conn._write_lock then
				local ok, err = pcall(conn.onwritable, conn);
				if not ok then log("error", "A connection could not be written to: %s", err); end
			end
		end
	end

	local function finish(conns, ...)
		corked = nil;
		uncork(conns);
		return ...;
	end

	-- Runs a batch, and returns what pcall(batch, …) does. What it writes to meanwhile is written at its end, also after an error.
	function self.run(batch, ...)
		if corked then return pcall(batch, ...); end
		corked = {};
		return finish(corked, pcall(batch, ...));
	end

	return self;
end

return { new = new };
