-- net.server_epoll: conn:resume() forgets data that LuaSec or LuaSocket has already taken off the socket, so after a burst the
-- tail waits until the other side sends again. Here a resumed connection that still holds data is read again, unless it has been
-- paused anew by then: the timer that reads again would otherwise end the pause.

-- Prosody reads 4 KiB of the 8 that LuaSocket takes off a socket at a time, and comes back for the rest after a pause that ends with the event loop's next
-- turn. Where nothing else turns the loop that is after a millisecond, so that one stream's many messages leave for the engine a few at a time.
local READ_SIZE = 8 * 1024; -- bytes, as LuaSocket's

-- Mends one connection; harmless on others than server_epoll's.
local function mend(conn)
	if not conn or not conn.pausefor or not conn.resume or conn.chancery_mended then return; end
	conn.chancery_mended = true;
	if type(conn.read_size) == "number" and conn.read_size < READ_SIZE then conn:set_mode(READ_SIZE); end
	local pause, resume = conn.pause, conn.resume;
	function conn:pause()
		self:pausefor(false);
		return pause(self);
	end
	function conn:resume()
		local ok, err = resume(self);
		local socket = self.conn;
		if socket and socket.dirty and socket:dirty() then
			self:pausefor(0);
		end
		return ok, err;
	end
end

return { mend = mend };
