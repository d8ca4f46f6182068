// A module named `embedded:…` cannot import by a path of ours.
export { default } from "lampwire/hosts/sdk/client";
