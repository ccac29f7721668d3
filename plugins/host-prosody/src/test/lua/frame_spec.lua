-- The Lua end of the link against the vectors that the Java end is tested against as well. Run: busted src/test/lua

local ROOT = "../.."; -- run from plugins/host-prosody
local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local frame = dofile(LUA .. "/mod_chancery/frame.lib.lua");
local encode = frame.encode;

local function bytes(hex)
	return (hex:gsub("%x%x", function (pair) return string.char(tonumber(pair, 16)); end));
end

local function hex(data)
	return (data:gsub(".", function (char) return ("%02x"):format(char:byte()); end));
end

local function vectors(file)
	local found = {};
	for line in io.lines(ROOT .. "/tests/vectors/link/" .. file) do
		if not line:match("^#") then
			local name, data = line:match("^(%S+) | (%x+) | ");
			found[#found + 1] = { name = name, hex = data };
			found[name] = data;
		end
	end
	return found;
end

local valid, malformed = vectors("valid.txt"), vectors("malformed.txt");

local function decode(data, piece)
	local feed, got = frame.decoder(), {};
	for at = 1, #data, piece or #data do
		local ok, err = feed(data:sub(at, at + (piece or #data) - 1), function (f) got[#got + 1] = f; end);
		if not ok then return nil, err; end
	end
	return got;
end

local nonce = ("\7"):rep(32);
local ada, tea = "ada@example.test/desk", "tea@rooms.example.test";

-- What this host sends.
local sent = {
	["hello"] = function () return encode.hello("Prosody 0.12.3", "run-1", ""); end;
	["hello-with-nonce"] = function () return encode.hello("Prosody 0.12.3", "run-1", nonce); end;
	["proof"] = function () return encode.proof("\4\5\6"); end;
	["submit-direct"] = function () return encode.submit(1, { kind = 0, direction = 0, place = 0, type = "chat", from = ada,
		to = "bob@example.test", recipient = "", room = "", room_version = 0, stanza = "<message/>" }); end;
	["submit-room-private"] = function () return encode.submit(2, { kind = 0, direction = 1, place = 2, type = "chat",
		from = "pat@partner.test/x", to = tea .. "/Bob", recipient = "bob@example.test", room = tea, room_version = 17,
		stanza = "<message>é</message>" }); end;
	["recheck-join"] = function () return encode.recheck(3, { kind = 1, direction = 0, place = 1, type = "", from = ada,
		to = tea .. "/Ada", recipient = "", room = tea, room_version = 18, stanza = "<presence/>" }); end;
	["room"] = function () return encode.room(tea, 17, { "ada@example.test", "bob@example.test" }); end;
	["room-empty"] = function () return encode.room(tea, 0, {}); end;
	["room-gone"] = function () return encode.room_gone(tea); end;
	["outcome-handed-on"] = function () return encode.outcome(0, "node-1/42"); end;
	["assigned"] = function () return encode.assigned("node-1/42", "2026-11-26-1"); end;
	["outcome-bounced"] = function () return encode.outcome(1, "node-1/43"); end;
	["presence-available"] = function () return encode.presence(ada, true, "dnd", -5); end;
	["presence-gone"] = function () return encode.presence(ada, false, "", 0); end;
	["snapshot-begin"] = function () return encode.snapshot_begin("example.test"); end;
	["snapshot-end"] = function () return encode.snapshot_end("example.test"); end;
	["ping"] = function () return encode.ping(9); end;
	["pong"] = function () return encode.pong(9); end;
	["bye"] = function () return encode.bye("the engine stops"); end;
};

-- What an engine sends.
local received = {
	["challenge"] = { name = "challenge", nonce = nonce, proof = "\1\2\3" };
	["welcome"] = { name = "welcome", version = 1, node = "node-1", deadline = 5, max_held = 67108864, max_frame = 4194304 };
	["verdict-allowed"] = { name = "verdict", id = 1, allowed = true, record = "node-1/42", type = "", condition = "", text = "" };
	["verdict-refused"] = { name = "verdict", id = 2, allowed = false, record = "node-1/43", type = "modify",
		condition = "policy-violation", text = "Research may not reach trading." };
	["notice"] = { name = "notice", to = "auditor@example.test", subject = "Checkpoint of node-1", text = "node-1\n42\n" };
	["ping"] = { name = "ping", token = 9 };
	["pong"] = { name = "pong", token = 9 };
	["bye"] = { name = "bye", reason = "the engine stops" };
};

describe("a frame of the vectors", function ()
	for _, vector in ipairs(valid) do
		it(vector.name .. " is the same to this host", function ()
			assert.is_truthy(sent[vector.name] or received[vector.name]);
			if sent[vector.name] then assert.equal(vector.hex, hex(sent[vector.name]())); end
			if received[vector.name] then assert.same({ received[vector.name] }, decode(bytes(vector.hex))); end
		end);
	end
	for _, vector in ipairs(malformed) do
		it(vector.name .. " is refused", function ()
			local got, err = decode(bytes(vector.hex));
			assert.is_nil(got);
			assert.is_string(err);
		end);
	end
end);

describe("a stream of frames", function ()
	it("is the same however it is cut", function ()
		local stream = bytes(valid["verdict-allowed"] .. valid["verdict-refused"] .. valid["welcome"] .. valid["ping"] .. valid["bye"]);
		local whole = decode(stream);
		assert.equal(5, #whole);
		for piece = 1, #stream do
			assert.same(whole, decode(stream, piece));
		end
	end);

	it("survives noise without an error of its own", function ()
		math.randomseed(1);
		for _ = 1, 3000 do
			local noise = {};
			for i = 1, math.random(0, 60) do noise[i] = string.char(math.random(0, 255)); end
			local got, err = decode("\0\0\0" .. string.char(math.random(0, 60)) .. table.concat(noise));
			assert.is_true(got ~= nil or type(err) == "string");
		end
	end);

	it("takes a frame of many pieces", function ()
		local reason = ("x"):rep(1000000);
		assert.same({ { name = "bye", reason = reason } }, decode(encode.bye(reason), 8192));
	end);
end);
