-- Writes a stanza as XML, byte for byte as util.stanza's own tostring(): what is recorded is what is delivered. Pure: knows a
-- stanza by its fields.
--
-- util.stanza looks for something to escape with a pattern, character by character; plain finds cost far less, and each message is
-- written once more here.

local find, gsub, match = string.find, string.gsub, string.match;
local concat = table.concat;

local ESCAPED = { ["'"] = "&apos;", ["\""] = "&quot;", ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;" };

local function escape(s)
	if find(s, "&", 1, true) or find(s, "'", 1, true) or find(s, "<", 1, true) or find(s, ">", 1, true) or find(s, "\"", 1, true) then
		return (gsub(s, "['&<>\"]", ESCAPED));
	end
	return s;
end

-- Appends an element to buf, which has n texts; returns how many it has then. Namespaces of attributes are in their names, as
-- "namespace\1name".
local function append(element, buf, n, parent_namespace)
	local name, attr = element.name, element.attr;
	buf[n + 1] = "<"; buf[n + 2] = name;
	n = n + 2;
	local prefixes = 0;
	for k, v in pairs(attr) do
		if find(k, "\1", 1, true) then
			local namespace, local_name = match(k, "^([^\1]*)\1?(.*)$");
			prefixes = prefixes + 1;
			local prefix = "ns" .. prefixes;
			n = n + 1;
			buf[n] = " xmlns:" .. prefix .. "='" .. escape(namespace) .. "' " .. prefix .. ":" .. local_name .. "='" .. escape(v) .. "'";
		elseif k ~= "xmlns" or v ~= parent_namespace then
			n = n + 1;
			buf[n] = " " .. k .. "='" .. escape(v) .. "'";
		end
	end
	local children = #element;
	if children == 0 then
		buf[n + 1] = "/>";
		return n + 1;
	end
	n = n + 1;
	buf[n] = ">";
	for i = 1, children do
		local child = element[i];
		if child.name then
			n = append(child, buf, n, attr.xmlns);
		else
			n = n + 1;
			buf[n] = escape(child);
		end
	end
	buf[n + 1] = "</"; buf[n + 2] = name; buf[n + 3] = ">";
	return n + 3;
end

local MOST_KEPT, LONGEST_KEPT = 1000, 4096; -- texts, and bytes, that the buffer may keep from one stanza to the next
local buffer = {}; -- one for all, since growing a new one costs more than the writing

local function write(stanza)
	local n = append(stanza, buffer, 0, nil);
	local written = concat(buffer, "", 1, n);
	if n > MOST_KEPT or #written > LONGEST_KEPT then buffer = {}; end
	return written;
end

return { write = write };
