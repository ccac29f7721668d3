-- Occupancy: what a room elsewhere says of an occupant who goes (XEP-0045, the <x/> of muc#user). Clients tell by it whether somebody has left, has
-- been removed, or has another nickname now. Pure.
--
-- Where it goes on unasked it is made anew, of nothing that a sender can write freely: known codes, each once, and one item's affiliation and role.
-- The code of a new nickname is none of those: without the nickname clients would wait for somebody who never comes.

local st = require "util.stanza";

local MUC_USER = "http://jabber.org/protocol/muc#user";

local function set_of(names)
	local set = {};
	for name in names:gmatch("%S+") do set[name] = true; end
	return set;
end

local CODES = set_of "110 301 307 321 322 332 333"; -- XEP-0045, section 15.6: those of an unavailable presence, but 303
local VALUES = { affiliation = set_of "owner admin member none outcast", role = set_of "moderator participant visitor none" };

-- What a room says in a stanza, or nil. Only the first such element counts, as it does for clients.
local function said_in(stanza)
	return stanza:get_child("x", MUC_USER);
end

local makers = {};

function makers.status(part, seen)
	local code = part.attr.code;
	if not CODES[code] or seen[code] then return nil; end
	seen[code] = true;
	return st.stanza("status", { xmlns = MUC_USER, code = code });
end

function makers.item(part, seen)
	local attr = { xmlns = MUC_USER };
	for name, values in pairs(VALUES) do
		if values[part.attr[name]] then attr[name] = part.attr[name]; end
	end
	if seen.item or not (attr.affiliation or attr.role) then return nil; end
	seen.item = true;
	return st.stanza("item", attr);
end

-- Whether an element has nothing but what was made of it.
local function is_all(part, made)
	for name, value in pairs(part.attr) do
		if made.attr[name] ~= value then return false; end
	end
	return #part == #made;
end

-- What may go on of it unasked, and whether that is all of it.
local function plain(said)
	local made, seen, all = st.stanza("x", { xmlns = MUC_USER }), {}, true;
	for _, part in ipairs(said) do
		local maker = type(part) == "table" and part.attr.xmlns == MUC_USER and makers[part.name];
		local kept = maker and maker(part, seen);
		if kept then made:add_direct_child(kept); end
		all = all and kept and is_all(part, kept) or false;
	end
	return made, all and is_all(said, made);
end

return { said_in = said_in, plain = plain };
