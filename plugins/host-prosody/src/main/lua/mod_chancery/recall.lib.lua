-- Remembers the newest texts, many of them, at little cost. Pure.
--
-- util.cache forgets the oldest entry for each new one: with tens of thousands of entries in one Lua table that sizes the whole
-- table anew again and again, and its list gives the garbage collector as many tables to go through. Here texts come into small
-- generations, and the oldest is forgotten whole.

local GENERATIONS, EACH = 8, 5000;

-- Remembers at least (generations - 1) * each of the newest texts, and at most generations * each.
local function new(generations, each)
	generations, each = generations or GENERATIONS, each or EACH;
	local self = {};
	local sets, newest, count = {}, 1, 0; -- a ring
	for i = 1, generations do sets[i] = {}; end

	function self.remember(text)
		if sets[newest][text] then return; end
		if count == each then
			newest, count = newest % generations + 1, 0;
			sets[newest] = {};
		end
		sets[newest][text] = true;
		count = count + 1;
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

	return self;
end

return { new = new };
