/** Which URLs of strangers are fetched: those of the allowed hosts, written so that nobody can read them differently. */
import { describe, expect, it } from "vitest";
import { type AllowedHost, DEFAULT_ALLOWED_HOSTS, readAllowedHosts } from "../../src/download/allowed-hosts.ts";
import { comparableUrl, judgeRedirect, judgeUrl } from "../../src/download/judge-url.ts";
import { readFixture } from "../support/fixtures.ts";

const hostsOf = (text: string): AllowedHost[] => {
	const hosts = readAllowedHosts(text);
	if ("fault" in hosts) throw new Error(hosts.fault);
	return hosts;
};
const allowed = hostsOf(DEFAULT_ALLOWED_HOSTS);

interface HostileUrl {
	url: string;
	rule: string;
	why: string;
}

it("every hostile URL is refused, by the rule that it breaks", async () => {
	const list = JSON.parse(new TextDecoder().decode(await readFixture("hostile-urls.json"))) as HostileUrl[];
	expect(list.length).toBeGreaterThan(300);
	const judged = list.map(({ url, why }) => {
		const judgement = judgeUrl(url, allowed);
		return { url, rule: judgement.isAllowed ? "allowed" : judgement.rule, why };
	});
	expect(judged).toEqual(list);
});

it("a redirect to a hostile URL is refused as well, but for those that are relative to where it came from", async () => {
	const list = JSON.parse(new TextDecoder().decode(await readFixture("hostile-urls.json"))) as HostileUrl[];
	const absolute = list.filter(({ url, rule }) => /^[a-z]+:\/\/|^\/\//i.test(url) && rule !== "url_malformed");
	expect(absolute.length).toBeGreaterThan(250);
	for (const { url } of absolute) {
		expect([url, judgeRedirect(url, "https://cdn.footballkitarchive.com/a", allowed).isAllowed]).toEqual([url, false]);
	}
});

it.each([
	["https://cdn.footballkitarchive.com/2024/a.jpg", "https://cdn.footballkitarchive.com/2024/a.jpg"],
	["https://www.footballkitarchive.com/a.jpg?width=800", "https://www.footballkitarchive.com/a.jpg?width=800"],
	["HTTPS://CDN.FootballKitArchive.COM/A.jpg", "https://cdn.footballkitarchive.com/A.jpg"],
	["https://cdn.footballkitarchive.com:443/a.jpg", "https://cdn.footballkitarchive.com/a.jpg"],
	["cdn.footballkitarchive.com/a.jpg", "https://cdn.footballkitarchive.com/a.jpg"],
	["//cdn.footballkitarchive.com/a.jpg", "https://cdn.footballkitarchive.com/a.jpg"],
	["https://cdn.footballkitarchive.com/a.jpg#top", "https://cdn.footballkitarchive.com/a.jpg"],
	["https://cdn.footballkitarchive.com/maillot-é.jpg", "https://cdn.footballkitarchive.com/maillot-%C3%A9.jpg"],
	["https://cdn.footballkitarchive.com/a%20b.jpg", "https://cdn.footballkitarchive.com/a%20b.jpg"],
	["https://www.footballkitarchive.com", "https://www.footballkitarchive.com/"],
])("%s is fetched as %s", (given, url) => {
	expect(judgeUrl(given, allowed)).toEqual({ isAllowed: true, url });
});

it.each([
	["/b.jpg", "https://cdn.footballkitarchive.com/b.jpg"],
	["b.jpg", "https://cdn.footballkitarchive.com/a/b.jpg"],
	["?page=2", "https://cdn.footballkitarchive.com/a/?page=2"],
	["//www.footballkitarchive.com/b.jpg", "https://www.footballkitarchive.com/b.jpg"],
	["kits//shirt@2x.jpg", "https://cdn.footballkitarchive.com/a/kits//shirt@2x.jpg"],
	["kits//maillot-é%20.jpg", "https://cdn.footballkitarchive.com/a/kits//maillot-%C3%A9%20.jpg"],
	["https:@b.jpg", "https://cdn.footballkitarchive.com/a/@b.jpg"],
])("a redirect to %s leads to %s", (location, url) => {
	const from = "https://cdn.footballkitarchive.com/a/";
	expect(judgeRedirect(location, from, allowed)).toEqual({ isAllowed: true, url });
});

describe("compared with others", () => {
	const url = "https://cdn.footballkitarchive.com/a.jpg";

	it.each([
		"cdn.footballkitarchive.com/a.jpg",
		"//CDN.footballkitarchive.com/a.jpg#top",
		"https://cdn.footballkitarchive.com:443/b/../a.jpg",
		"https:///cdn.footballkitarchive.com/a.jpg",
	])("%s is the same as its plain form", (spelling) => {
		expect(judgeUrl(spelling, allowed)).toEqual({ isAllowed: true, url });
		expect(comparableUrl(spelling)).toBe(url);
	});

	it.each([
		` ${url}`,
		`${url}\n`,
		"https:\\\\cdn.footballkitarchive.com\\a.jpg",
		"https://@cdn.footballkitarchive.com/a.jpg",
		"https://%63dn.footballkitarchive.com/a.jpg",
		"ｃdn.footballkitarchive.com/a.jpg",
	])("%s is refused, and so is none of that form", (spelling) => {
		expect(judgeUrl(spelling, allowed).isAllowed).toBe(false);
		expect(comparableUrl(spelling)).toBe(spelling);
	});
});

describe("an entry with a path allows what lies below it", () => {
	const below = hostsOf("img.example.com/shirts, img.example.com/kits/home/");
	it.each([
		["https://img.example.com/shirts/a.jpg", true],
		["https://img.example.com/kits/home/a.jpg", true],
		["https://img.example.com/shirts/../shirts/a.jpg", true],
		["https://img.example.com/shirts", false],
		["https://img.example.com/shirts.jpg", false],
		["https://img.example.com/shirts-of-others/a.jpg", false],
		["https://img.example.com/kits/away/a.jpg", false],
		["https://img.example.com/SHIRTS/a.jpg", false],
		["https://img.example.com/shirts/../secret.jpg", false],
		["https://img.example.com/shirts/%2e%2e/secret.jpg", false],
		["https://img.example.com/shirts/..%2fsecret.jpg", false],
		["https://img.example.com/shirts/%2e%2e%2fsecret.jpg", false],
		["https://img.example.com/shirts/..%5csecret.jpg", false],
		["https://img.example.com/shirts/%252e%252e/secret.jpg", false],
		["https://img.example.com/shirts/..;/secret.jpg", false],
		["https://img.example.com//shirts/a.jpg", false],
		["https://img.example.com/?/shirts/a.jpg", false],
	])("%s: %s", (url, isAllowed) => {
		expect(judgeUrl(url, below).isAllowed).toBe(isAllowed);
	});
});

describe("the list of hosts", () => {
	it("is read with blanks, in any case, and may be empty", () => {
		expect(readAllowedHosts(" CDN.example.com ,img.example.com/a ,")).toEqual([
			{ host: "cdn.example.com", pathPrefix: "/" },
			{ host: "img.example.com", pathPrefix: "/a/" },
		]);
		expect(readAllowedHosts("")).toEqual([]);
		expect(judgeUrl("https://cdn.example.com/", [])).toMatchObject({ rule: "url_host_not_allowed" });
	});

	it.each([
		"https://cdn.example.com",
		"*.example.com",
		"example",
		"localhost",
		"127.0.0.1",
		"127.1",
		"0x7f.0.0.1",
		"[::1]",
		"cdn.example.com.",
		"cdn.example.com:8443",
		"user@cdn.example.com",
		"bücher.example",
		"cdn.example.com/a/../b",
		"cdn.example.com/%2e/",
		"-a.example.com",
	])("%s is refused with what is wrong", (entry) => {
		expect(readAllowedHosts(`www.example.com, ${entry}`)).toEqual({ fault: expect.stringContaining(entry) });
	});

	it("takes a name in punycode as such", () => {
		const hosts = hostsOf("xn--bcher-kva.example");
		expect(judgeUrl("https://xn--bcher-kva.example/a.jpg", hosts).isAllowed).toBe(true);
		expect(judgeUrl("https://bücher.example/a.jpg", hosts)).toMatchObject({ rule: "url_host_not_plain" });
	});
});
