-- What an existing Prosody needs for Chancery: these lines go into the global section of prosody.cfg.lua, before the first
-- VirtualHost. The module attaches itself to every host and component; don't list it anywhere else.

plugin_paths = { "/opt/chancery/lua" } -- add the path, if you have some already

-- add to the modules_enabled you have:
--   "chancery";

chancery_engine = "unix:/run/chancery/link.socket" -- the config's link.listen
-- Only where that is tcp:127.0.0.1:PORT: a file of Prosody's user, of mode 600, with the same secret as link.secret-file.
-- chancery_secret_file = "/etc/prosody/chancery.secret"
gc = { threshold = 200; speed = 2 } -- (Lua 5.4) else it collects anew for each 5 % of growth, in steps that hold up all that is on its way
network_settings = { nagle = false } -- else each hop between servers waits about 40 ms
