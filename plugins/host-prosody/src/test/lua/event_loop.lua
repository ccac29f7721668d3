-- For specs: Prosody's own event loop, and a client that is connected to it, or what it connects to.

local PROSODY = os.getenv("PROSODY_LIB") or "/usr/lib/prosody";
package.path = PROSODY .. "/?.lua;" .. package.path;
package.cpath = PROSODY .. "/?.so;" .. package.cpath;

local socket = require "socket";

local LIMIT = 5; -- seconds

local function new_loop()
	package.loaded["net.server_epoll"] = nil; -- a loop of its own
	local server = require "net.server_epoll";
	local self = { server = server };

	-- Turns the event loop until this returns true. Returns what it returned last.
	function self.run_until(done)
		local limit = socket.gettime() + LIMIT;
		local tick = server.add_task(0, function () return 0; end); -- so that it never waits for a socket alone
		repeat server.loop(true); until done() or socket.gettime() > limit;
		server.timer.stop(tick);
		return done();
	end

	function self.close()
		if self.client then self.client:close(); end
		server.closeall();
	end

	return self;
end

-- listeners, options: as for net.server's listen()
local function new(listeners, options)
	local self = new_loop();
	self.client = socket.tcp();
	local port = assert(self.server.listen("127.0.0.1", 0, listeners, options));
	assert(self.client:connect("127.0.0.1", select(2, port.conn:getsockname())));
	return self;
end

return { new = new, new_loop = new_loop };
