-- Outcomes that the engine may not have recorded yet. They are told again on the next connection: what was on its way, or only in the engine's
-- memory, is lost with the engine. Pure.
--
-- Whether the engine has read them the answer to a PING says, whose token is the number of the last one told before. It records them within a tenth
-- of a second, so that what it had read by one answer is recorded by the next that comes a second later: those are asked for every so many outcomes, or
-- seconds.

local MOST = 100000; -- kept; of what is beyond the oldest become "unknown" at the engine
local ASK_EVERY = 1024; -- outcomes
local RECORDED_WITHIN = 1; -- seconds

-- send(what, record): tells the engine, if it can now; kept: what another of these has kept. This one goes on with the same, and with what is told there from now on.
local function new(send, kept, most)
	local self = {};
	kept = kept or { first = 1, last = 0, whats = {}, records = {} };
	most = most or MOST;
	local asked, read, read_at = kept.last, 0, -math.huge; -- numbers of the last one at the newest PING and at an answer, and when that came

	local function forget_until(number)
		for i = kept.first, number do kept.whats[i], kept.records[i] = nil, nil; end
		kept.first = math.max(kept.first, number + 1);
	end

	function kept.tell(what, record)
		kept.last = kept.last + 1;
		kept.whats[kept.last], kept.records[kept.last] = what, record;
		forget_until(kept.last - most);
		send(what, record);
	end

	function self.tell(what, record) return kept.tell(what, record); end

	-- Whether it is time to ask.
	function self.is_time() return kept.last - asked >= ASK_EVERY; end

	-- The token for a PING.
	function self.ask()
		asked = kept.last;
		return asked;
	end

	-- The engine has read all up to this one; now: seconds of a monotonic clock.
	function self.answered(token, now)
		if now - read_at < RECORDED_WITHIN then return; end
		forget_until(read);
		read, read_at = math.min(token, kept.last), now;
	end

	-- A new connection: sends each that is kept, oldest first. It may be another engine, which has read none.
	function self.tell_again()
		read, read_at = 0, -math.huge;
		for i = kept.first, kept.last do send(kept.whats[i], kept.records[i]); end
	end

	function self.save() return kept; end

	return self;
end

return { new = new };
