-- Remembers the newest texts, many of them, at little cost. Pure.
--
-- util.cache forgets the oldest entry for each new one: with tens of thousands of entries in one Lua table that sizes the whole
-- table anew again and again, and its list gives the garbage collector as many tables to go through. Here texts come into small
-- generations, and the oldest is forgotten whole.

local GENERATIONS, EACH = 8, 5000;

-- Remembers at least (generations - 1) * each of the newest texts, and at most generations * each. kept: what save() of another of these has returned, or
-- nil. This one goes on with the same.
local function new(generations, each, kept)
	generations, each = generations or GENERATIONS, each or EACH;
	local self = {};
	kept = kept or { sets = {}, newest = 1, count = 0 }; -- a ring
	local sets = kept.sets;
	for i = 1, generations do sets[i] = sets[i] or {}; end

	function self.remember(text)
		if sets[kept.newest][text] then return; end
		if kept.count == each then
			kept.newest, kept.count = kept.newest % generations + 1, 0;
			sets[kept.newest] = {};
		end
		sets[kept.newest][text] = true;
		kept.count = kept.count + 1;
	end

	function self.knows(text)
		for i = 1, generations do
			if sets[i][text] then return true; end
		end
		return false;
	end

	-- Returns whether it was known.
	function self.forget(text)
		local known = false;
		for i = 1, generations do
			if sets[i][text] then
				known, sets[i][text] = true, nil;
			end
		end
		return known;
	end

	function self.save() return kept; end

	return self;
end

return { new = new };
