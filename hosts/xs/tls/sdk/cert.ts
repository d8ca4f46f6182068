// `ssl/cert`, as the SDK's session imports it.
export { default } from "hosts/xs/tls/authenticate";
