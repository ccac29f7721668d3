-- What is written is what was meant: read again by Expat, which Prosody reads with. Run: busted src/test/lua

local lxp = require "lxp";

local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";
local xml = dofile(LUA .. "/mod_chancery/xml.lib.lua");

-- An element as util.stanza keeps it: children in order, names of attributes with a namespace as "namespace\1name".
local function element(name, attr, ...)
	return { name = name, attr = attr or {}, ... };
end

-- The same, from XML: with every element's namespace in `attr.xmlns`, and neighbouring texts as one.
local function read(text)
	local stack = { {} };
	local parser = lxp.new({
		StartElement = function (_, name, attributes)
			local xmlns, local_name = name:match("^([^\1]*)\1(.*)$");
			local attr = { xmlns = xmlns };
			for _, key in ipairs(attributes) do attr[key] = attributes[key]; end
			stack[#stack + 1] = element(local_name or name, attr);
		end;
		CharacterData = function (_, data)
			local top = stack[#stack];
			if type(top[#top]) == "string" then top[#top] = top[#top] .. data; else top[#top + 1] = data; end
		end;
		EndElement = function ()
			local done = table.remove(stack);
			local top = stack[#stack];
			top[#top + 1] = done;
		end;
	}, "\1");
	assert(parser:parse(text));
	assert(parser:parse());
	return stack[1][1];
end

-- What reading must give: namespaces inherited, texts joined.
local function meant(of, parent_namespace)
	local xmlns = of.attr.xmlns or parent_namespace;
	local attr = { xmlns = xmlns };
	for key, value in pairs(of.attr) do if key ~= "xmlns" then attr[key] = value; end end
	local result = element(of.name, attr);
	for _, child in ipairs(of) do
		if type(child) ~= "string" then
			result[#result + 1] = meant(child, xmlns);
		elseif type(result[#result]) == "string" then
			result[#result] = result[#result] .. child;
		elseif child ~= "" then
			result[#result + 1] = child;
		end
	end
	return result;
end

describe("a stanza as XML", function ()
	it("is short and plain", function ()
		assert.equal("<message to='b@example.test'><body>Hello &amp; it&apos;s &lt;fine&gt;</body></message>",
			xml.write(element("message", { to = "b@example.test" }, element("body", {}, "Hello & it's <fine>"))));
		assert.equal("<presence/>", xml.write(element("presence")));
	end);

	it("says a namespace once", function ()
		local written = xml.write(element("iq", {}, element("query", { xmlns = "urn:a" }, element("item", { xmlns = "urn:a" }), element("x", { xmlns = "urn:b" }))));
		assert.equal("<iq><query xmlns='urn:a'><item/><x xmlns='urn:b'/></query></iq>", written);
	end);

	it("has no way out of an attribute or a text", function ()
		local evil = "'/><evil a=\"b\">&amp;]]>";
		local stanza = element("message", { to = evil, ["urn:e\1v"] = evil }, evil);
		assert.same(meant(stanza), read(xml.write(stanza)));
	end);

	it("once written is not kept", function ()
		collectgarbage();
		local before = collectgarbage("count");
		for length = 800, 1, -4 do -- each leaves the last of the one before
			local stanza = element("message");
			for i = 1, length - 1 do stanza[i] = "x"; end
			stanza[length] = ("x"):rep(100 * 1024) .. length; -- no two alike
			xml.write(stanza);
		end
		collectgarbage();
		assert.is_true(collectgarbage("count") - before < 1024);
	end);

	it("is read as it was meant, whatever it is", function ()
		math.randomseed(7);
		local texts = { "", "plain", "a & b", "<", ">", "]]>", "it's", "\"quoted\"", "é日本", " spaces ", "&lt;" };
		local names = { "message", "body", "x", "item" };
		local namespaces = { "urn:one", "urn:two", "jabber:client" };
		local function any(of) return of[math.random(#of)]; end
		local function tree(depth)
			local made = element(any(names), {});
			if math.random(2) == 1 then made.attr.xmlns = any(namespaces); end
			for _ = 1, math.random(0, 2) do made.attr[any { "id", "to", "type" }] = any(texts); end
			if math.random(3) == 1 then made.attr[any(namespaces) .. "\1" .. any { "lang", "kind" }] = any(texts); end
			for _ = 1, depth > 0 and math.random(0, 3) or 0 do
				made[#made + 1] = math.random(2) == 1 and any(texts) or tree(depth - 1);
			end
			return made;
		end
		for _ = 1, 2000 do
			local stanza = tree(4);
			assert.same(meant(stanza), read(xml.write(stanza)));
		end
	end);
end);
