-- What the module does with settings that are wrong, at a start and at a reload. Run: busted src/test/lua

local PROSODY = os.getenv("PROSODY_LIB") or "/usr/lib/prosody";
package.path = PROSODY .. "/?.lua;" .. package.path;
package.cpath = PROSODY .. "/?.so;" .. package.cpath;
local LUA = os.getenv("CHANCERY_LUA") or "src/main/lua";

describe("the module", function ()
	local settings, hooks, link_options, doors_saved, part;

	-- The module with all its parts made up, as far as its settings go.
	local function load_module(saved)
		part = setmetatable({}, { __index = function (_, name) return function () return name == "save" and { kept = true } or {}; end; end });
		_G.prosody = { version = "spec", hosts = {}, full_sessions = {} };
		_G.module = {
			saved_state = saved, set_global = function () end, log = function () end, shared = function () return {}; end,
			get_option_string = function (_, name) return settings[name]; end, get_option_path = function (_, name) return settings[name]; end,
			get_option_number = function (_, name, default) return settings[name] or default; end,
			hook_global = function (_, name) hooks[name] = true; end,
			require = function (_, name)
				return { mend = function () end, deliver = function () end, new = function (options, kept)
					if name == "link" then link_options = options; end
					if name == "doors" then doors_saved = kept; end
					return part;
				end };
			end;
		};
		dofile(LUA .. "/mod_chancery/mod_chancery.lua");
		return module;
	end

	before_each(function () settings, hooks, link_options = {}, {}, nil; end);

	it("takes the engine's address", function ()
		settings.chancery_engine = "unix:/run/engine.sock";
		load_module();
		assert.same({ path = "/run/engine.sock" }, link_options.address);
	end);

	it("hands on to the one that is loaded after it what was delivered, which may be answered", function ()
		settings.chancery_engine = "unix:/run/engine.sock";
		local before = load_module();
		assert.is_nil(doors_saved);
		load_module(before.save());
		assert.same({ kept = true }, doors_saved);
	end);

	for what, wrong in pairs {
		["no address"] = {}, ["a path that is none"] = { chancery_engine = "unix:run/engine.sock" }, ["an address elsewhere"] = { chancery_engine = "tcp:10.0.0.1:5" },
		["no secret"] = { chancery_engine = "tcp:127.0.0.1:5" }, ["a secret that can't be read"] = { chancery_engine = "unix:/run/engine.sock", chancery_secret_file = "/nowhere/secret" },
	} do
		it("is a gate that refuses where it finds " .. what, function ()
			settings = wrong;
			load_module();
			assert.matches("^chancery_", link_options.address.wrong);
			assert.is_nil(link_options.secret);
			assert.is_true(hooks["host-activated"]);
		end);

		it("ends a reload that finds " .. what, function ()
			settings.chancery_engine = "unix:/run/engine.sock";
			local loaded = load_module();
			assert.is_table(loaded.save());
			settings = wrong;
			assert.error_matches(loaded.save, "^chancery_");
		end);
	end
end);
