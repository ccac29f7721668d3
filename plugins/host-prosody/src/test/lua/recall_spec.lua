-- What is remembered, and for how long. Run: busted src/test/lua

local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local recall = dofile(LUA .. "/mod_chancery/recall.lib.lua");

describe("the newest texts", function ()
	it("are known until they are forgotten, once", function ()
		local texts = recall.new(3, 10);
		texts.remember("a");
		assert.is_true(texts.knows("a"));
		assert.is_true(texts.forget("a"));
		assert.is_false(texts.knows("a"));
		assert.is_false(texts.forget("a"));
	end);

	it("that came again are forgotten as one", function ()
		local texts = recall.new(3, 1);
		texts.remember("a");
		texts.remember("a");
		assert.is_true(texts.forget("a"));
		assert.is_false(texts.knows("a"));
	end);

	it("go on in what comes after this", function ()
		local texts = recall.new(3, 2);
		for i = 1, 5 do texts.remember("text " .. i); end
		for _ = 1, 2 do texts = recall.new(3, 2, texts.save()); end
		for i = 1, 5 do assert.is_true(texts.knows("text " .. i)); end
		for i = 6, 7 do texts.remember("text " .. i); end
		for i = 1, 7 do assert.equal(i > 2, texts.forget("text " .. i)); end
		for i = 8, 9 do texts.remember("text " .. i); end
		texts = recall.new(5, 2, texts.save()); -- of another version
		assert.is_true(texts.knows("text 9"));
		assert.is_false(texts.knows("text 5"));
	end);

	it("are kept within the bounds: two generations at least, three at most", function ()
		local texts = recall.new(3, 10);
		for i = 1, 1000 do
			texts.remember("text " .. i);
			for k = math.max(1, i - 19), i do assert.is_true(texts.knows("text " .. k)); end
			if i > 30 then assert.is_false(texts.knows("text " .. i - 30)); end
		end
	end);
end);
