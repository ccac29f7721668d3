-- Messages that the engine has this host send, such as checkpoints to an auditor (docs/link.md, "Notices").

local st = require "util.stanza";
local jid_split = require "util.jid".split;
local jid_prep = require "util.jid".prep;
local new_id = require "util.id".medium;

local hosts = prosody.hosts;

-- The domain it is sent from: the address' own where it is served here, else the first by name.
local function sender_for(to_host)
	if hosts[to_host] and hosts[to_host].type == "local" then return to_host; end
	local first;
	for name, host in pairs(hosts) do
		if host.type == "local" and (not first or name < first) then first = name; end
	end
	return first;
end

local function deliver(notice)
	local to = jid_prep(notice.to);
	local _, to_host = jid_split(to);
	local from = to and sender_for(to_host);
	if not from then
		module:log("warn", "A message from the engine can't be sent: no usable address, or no domain here to send it from");
		return;
	end
	local message = st.message({ from = from; to = to; id = new_id() }):text_tag("subject", notice.subject):text_tag("body", notice.text);
	module:context(from):send(message);
end

return { deliver = deliver };
