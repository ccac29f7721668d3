# A small certificate authority for a demo, with openssl.

# make_authority FOLDER makes authority.crt and authority.key there, once
make_authority() {
  local folder=$1
  [ ! -f "$folder/authority.crt" ] || return 0
  mkdir -p "$folder"
  (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$folder/authority.key")
  openssl req -x509 -new -key "$folder/authority.key" -days 3650 -subj "/CN=Chancery demo authority" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -out "$folder/authority.new" \
    && mv "$folder/authority.new" "$folder/authority.crt" || fail "openssl made no authority in $folder"
}

# make_certificate FOLDER NAME DOMAIN… makes NAME.crt and NAME.key signed by the folder's authority, and again when NAME.crt ends
# soon. Each domain comes as DNS name, XmppAddr and SRVName (RFC 6120, section 13.7.1.2), for both ends of a connection.
make_certificate() {
  local folder=$1 name=$2 domain names=()
  shift 2
  if [ -f "$folder/$name.crt" ] && openssl x509 -in "$folder/$name.crt" -checkend 864000 -noout >/dev/null; then return; fi
  for domain in "$@"; do
    names+=("DNS:$domain" "otherName:1.3.6.1.5.5.7.8.5;UTF8:$domain"
      "otherName:1.3.6.1.5.5.7.8.7;IA5:_xmpp-client.$domain" "otherName:1.3.6.1.5.5.7.8.7;IA5:_xmpp-server.$domain")
  done
  (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$folder/$name.key")
  openssl req -new -key "$folder/$name.key" -subj "/CN=$1" -out "$folder/$name.csr"
  openssl x509 -req -in "$folder/$name.csr" -CA "$folder/authority.crt" -CAkey "$folder/authority.key" -CAcreateserial \
    -days 397 -out "$folder/$name.crt" 2>/dev/null \
    -extfile <(printf 'extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=%s\n' "$(IFS=,; printf '%s' "${names[*]}")")
  rm -f "$folder/$name.csr"
}
