/** Events leave for hosts of the public DNS only, and what is wrong with another is told without its secrets. */
import { describe, expect, it } from "vitest";
import { faultOfTargetUrl } from "../../src/webhooks/target-url.ts";

it.each([
	"https://example.com",
	"https://hooks.example.com/a/b?token=x",
	"https://example.com:443/",
	"https://example.com:8443/hooks",
	"https://xn--bcher-kva.example/",
	"https://bücher.example/",
	"https://local.example.com/",
	"https://10.example.com/",
])("%s may be used", (url) => {
	expect(faultOfTargetUrl(url)).toBeUndefined();
});

describe("refused", () => {
	it.each([
		["", "is not a URL"],
		["example.com/hooks", "is not a URL"],
		["https://", "is not a URL"],
		["http://example.com/hooks", 'is "http://example.com"'],
		["ftp://example.com/", 'is "ftp://example.com"'],
		["javascript:alert(1)", "is"],
		["https://user@example.com/", "carries a user name or a password"],
		["https://:pass@example.com/", "carries a user name or a password"],
		["https://example.com/#here", "carries a fragment"],
		["https://127.0.0.1/", "names an IP address"],
		["https://10.0.0.1:8443/", "names an IP address"],
		["https://8.8.8.8/", "names an IP address"],
		["https://2130706433/", "names an IP address"],
		["https://0x7f000001/", "names an IP address"],
		["https://0x7f.1/", "names an IP address"],
		["https://017700000001/", "names an IP address"],
		["https://127.1/", "names an IP address"],
		["https://127.0.0.1./", "names an IP address"],
		["https://１２７.0.0.1/", "names an IP address"],
		["https://%31%32%37.0.0.1/", "names an IP address"],
		["https://[::1]/", "names an IP address"],
		["https://[::ffff:10.0.0.1]/", "names an IP address"],
		["https://[fd00::1]:443/", "names an IP address"],
		["https://localhost/", "names a host of a private network"],
		["https://LOCALHOST:8443/", "names a host of a private network"],
		["https://app.localhost/", "names a host of a private network"],
		["https://printer.local/", "names a host of a private network"],
		["https://metadata.google.internal/", "names a host of a private network"],
		["https://router.home.arpa/", "names a host of a private network"],
		["https://home.arpa/", "names a host of a private network"],
		["https://hooks.corp/", "names a host of a private network"],
		["https://intranet/", "names a host of a private network"],
		["https://localhost./", "ends its host with a dot"],
		["https://example.com./", "ends its host with a dot"],
	])("%s", (url, fault) => {
		expect(faultOfTargetUrl(url)).toContain(fault);
	});
});

it("a fault shows neither path, query, user nor password", () => {
	for (const url of ["http://ana:pass@example.com/secret?secret#secret", "https://ana:pass@10.0.0.1/secret?secret"]) {
		expect(faultOfTargetUrl(url)).not.toMatch(/ana|pass@|secret/);
	}
});
