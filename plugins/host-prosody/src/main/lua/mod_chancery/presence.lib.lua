-- RFC 6121, section 4: tells the engine the presence that people here broadcast. Advisory: nothing waits for it.

local frame = module:require "frame";

local shows = { away = true, chat = true, dnd = true, xa = true };

local function show_and_priority(stanza)
	local show = stanza:get_child_text("show");
	local priority = tonumber(stanza:get_child_text("priority") or 0) or 0;
	priority = math.floor(math.max(-128, math.min(127, priority)));
	return shows[show] and show or "", priority;
end

local function new(link)
	local self = {};

	-- The session's presence has just become this; nil for none.
	local function tell(session, stanza)
		if stanza then
			local show, priority = show_and_priority(stanza);
			link.tell(frame.encode.presence(session.full_jid, true, show, priority));
		else
			link.tell(frame.encode.presence(session.full_jid, false, "", 0));
		end
	end

	-- All that is, after the link was away.
	function self.snapshot()
		for domain, host in pairs(prosody.hosts) do
			if host.type == "local" then
				link.tell(frame.encode.snapshot_begin(domain));
				for _, user in pairs(host.sessions or {}) do
					for _, session in pairs(user.sessions) do
						if session.presence then tell(session, session.presence); end
					end
				end
				link.tell(frame.encode.snapshot_end(domain));
			end
		end
	end

	function self.attach(host)
		-- after mod_presence has taken it
		host:hook("presence/bare", function (event)
			local session, stanza = event.origin, event.stanza;
			if session.type ~= "c2s" or stanza.attr.to then return; end
			if stanza.attr.type == nil then
				tell(session, stanza);
			elseif stanza.attr.type == "unavailable" then
				tell(session, nil);
			end
		end, 1);
		host:hook("resource-unbind", function (event)
			if event.session.presence then tell(event.session, nil); end
		end, 1);
	end

	return self;
end

return { new = new };
