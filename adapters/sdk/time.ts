// Every host on XS has the same clock and the same alarms.
export { Clock } from "../../hosts/xs/time.js";
