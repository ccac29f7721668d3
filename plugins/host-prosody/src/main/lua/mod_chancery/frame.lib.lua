-- Frames of the link between this host and the Chancery engine (docs/link.md, "Frames").
-- Pure: knows nothing of Prosody.
--
-- A frame is  u32 length | u8 type | body,  numbers big-endian, a text being  u32 length | bytes.

local s_pack, s_unpack = string.pack, string.unpack;

local VERSION = 1;
local MAX_LENGTH = 4 * 1024 * 1024; -- of type and body; the same on both sides

local HELLO, CHALLENGE, PROOF, WELCOME = 0x01, 0x02, 0x03, 0x04;
local SUBMIT, RECHECK, ROOM, ROOM_GONE, VERDICT, OUTCOME, NOTICE = 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16;
local ASSIGNED = 0x18;
local PRESENCE, SNAPSHOT_BEGIN, SNAPSHOT_END = 0x20, 0x21, 0x22;
local PING, PONG, BYE = 0x30, 0x31, 0x3f;

local function frame(type, body)
	return s_pack(">I4B", #body + 1, type) .. body;
end

local encode = {};

function encode.hello(software, instance, nonce)
	return frame(HELLO, s_pack(">Bs4s4s4", VERSION, software, instance, nonce));
end

function encode.proof(proof)
	return frame(PROOF, s_pack(">s4", proof));
end

-- q: kind, direction, place as numbers; type, from, to, recipient, room, stanza as texts, "" for none
local function question(type, id, q)
	local body = 43 + #q.type + #q.from + #q.to + #q.recipient + #q.room + #q.stanza;
	return s_pack(">I4BI8BBBs4s4s4s4s4I8s4", body + 1, type, id, q.kind, q.direction, q.place, q.type, q.from, q.to,
		q.recipient, q.room, q.room_version, q.stanza);
end

function encode.submit(id, q)
	return question(SUBMIT, id, q);
end

function encode.recheck(id, q)
	return question(RECHECK, id, q);
end

function encode.room(room, version, occupants)
	local parts = { s_pack(">s4I8I4", room, version, #occupants) };
	for i = 1, #occupants do
		parts[i + 1] = s_pack(">s4", occupants[i]);
	end
	return frame(ROOM, table.concat(parts));
end

function encode.room_gone(room)
	return frame(ROOM_GONE, s_pack(">s4", room));
end

function encode.outcome(outcome, record)
	return s_pack(">I4BBs4", 6 + #record, OUTCOME, outcome, record);
end

function encode.assigned(record, id)
	return frame(ASSIGNED, s_pack(">s4s4", record, id));
end

function encode.presence(who, available, show, priority)
	return frame(PRESENCE, s_pack(">s4Bs4b", who, available and 1 or 0, show, priority));
end

function encode.snapshot_begin(domain)
	return frame(SNAPSHOT_BEGIN, s_pack(">s4", domain));
end

function encode.snapshot_end(domain)
	return frame(SNAPSHOT_END, s_pack(">s4", domain));
end

function encode.ping(token)
	return frame(PING, s_pack(">I8", token));
end

function encode.pong(token)
	return frame(PONG, s_pack(">I8", token));
end

function encode.bye(reason)
	return frame(BYE, s_pack(">s4", reason));
end

local function number(value)
	if value < 0 then error("a number above 2^63-1"); end
	return value;
end

local function text(bytes)
	if not utf8.len(bytes) then error("a text that is not UTF-8"); end
	return bytes;
end

-- What an engine may send: type -> decoder(data, position) -> frame table, position after it.
local decode = {
	[CHALLENGE] = function (data, at)
		local nonce, proof, after = s_unpack(">s4s4", data, at);
		return { name = "challenge", nonce = nonce, proof = proof }, after;
	end;
	[WELCOME] = function (data, at)
		local version, node, deadline, max_held, max_frame, after = s_unpack(">Bs4I8I8I8", data, at);
		return { name = "welcome", version = version, node = text(node), deadline = number(deadline) / 1000,
			max_held = number(max_held), max_frame = number(max_frame) }, after;
	end;
	[VERDICT] = function (data, at)
		local id, allowed, record, error_type, condition, reason, after = s_unpack(">I8Bs4s4s4s4", data, at);
		if allowed > 1 then error("allowed is neither 0 nor 1"); end
		return { name = "verdict", id = number(id), allowed = allowed == 1, record = text(record), type = text(error_type),
			condition = text(condition), text = text(reason) }, after;
	end;
	[NOTICE] = function (data, at)
		local to, subject, body, after = s_unpack(">s4s4s4", data, at);
		return { name = "notice", to = text(to), subject = text(subject), text = text(body) }, after;
	end;
	[PING] = function (data, at)
		local token, after = s_unpack(">I8", data, at);
		return { name = "ping", token = number(token) }, after;
	end;
	[PONG] = function (data, at)
		local token, after = s_unpack(">I8", data, at);
		return { name = "pong", token = number(token) }, after;
	end;
	[BYE] = function (data, at)
		local reason, after = s_unpack(">s4", data, at);
		return { name = "bye", reason = text(reason) }, after;
	end;
};

-- Decodes the frame at a position; `length` is that of type and body.
local function decode_one(data, at, length)
	local type = data:byte(at + 4);
	local decode_body = decode[type];
	if not decode_body then
		return nil, ("unknown frame type %d"):format(type);
	end
	local ok, result, after = pcall(decode_body, data, at + 5);
	if not ok or after > at + 4 + length then -- a field must not reach into the next frame
		return nil, ("a frame of type %d cut short or out of range"):format(type);
	elseif after < at + 4 + length then
		return nil, ("%d bytes left over in a frame of type %d"):format(at + 4 + length - after, type);
	end
	return result;
end

-- A decoder keeps what has come of an unfinished frame.
-- feed(data, on_frame) calls on_frame for each whole frame; returns true, or nil and what is wrong.
local function decoder()
	local parts, parts_length, wanted = {}, 0, 0; -- a long frame is gathered without copying it for each piece

	return function (data, on_frame)
		if parts_length > 0 then
			parts[#parts + 1] = data;
			parts_length = parts_length + #data;
			if parts_length < wanted then return true; end
			data = table.concat(parts);
			parts, parts_length, wanted = {}, 0, 0;
		end
		local at, size = 1, #data;
		while size - at + 1 >= 4 do
			local length = s_unpack(">I4", data, at);
			if length < 1 or length > MAX_LENGTH then
				return nil, ("frame length %d; allowed: 1 to %d"):format(length, MAX_LENGTH);
			elseif size - at + 1 < 4 + length then
				wanted = 4 + length;
				break;
			end
			local got, err = decode_one(data, at, length);
			if not got then return nil, err; end
			at = at + 4 + length;
			on_frame(got);
		end
		if at <= size then
			parts[1], parts_length = data:sub(at), size - at + 1;
		end
		return true;
	end
end

return {
	VERSION = VERSION;
	MAX_LENGTH = MAX_LENGTH;
	encode = encode;
	decoder = decoder;
};
