/** Settings are parsed once, at the door, and every fault is told together. */
import { describe, expect, it } from "vitest";
import { configurationOf } from "../src/env.ts";
import { AppError } from "../src/errors.ts";

const parse = (variables: Record<string, string>) => configurationOf(variables as unknown as Env);

const faultsOf = (variables: Record<string, string>): string => {
	try {
		parse(variables);
	} catch (thrown) {
		expect(thrown).toBeInstanceOf(AppError);
		const error = thrown as AppError;
		expect(error.code).toBe("invalid_configuration");
		for (const name of Object.keys(variables)) expect(error.detail).not.toContain(name);
		return error.message;
	}
	throw new Error("was accepted");
};

it("what is not set is as in the original system", () => {
	expect(parse({})).toEqual({
		rendition: { quality: 90, speed: 9, maxWidth: 3840, maxHeight: 2160, chromaSubsampling: "4:2:0" },
		maxUploadBytes: 15 * 1024 * 1024,
		uploadDeadlineMs: 300_000,
		corsOrigins: [],
	});
});

it("what is set counts, in the units of its name", () => {
	const configuration = parse({
		RENDITION_QUALITY: "75",
		RENDITION_SPEED: "6",
		RENDITION_MAX_WIDTH: "1280",
		RENDITION_MAX_HEIGHT: "720",
		RENDITION_CHROMA_SUBSAMPLING: "4:4:4",
		MAX_UPLOAD_MIB: "2",
		UPLOAD_DEADLINE_SECONDS: "30",
		CORS_ORIGINS: " https://a.example ,http://localhost:5173,",
	});
	expect(configuration).toEqual({
		rendition: { quality: 75, speed: 6, maxWidth: 1280, maxHeight: 720, chromaSubsampling: "4:4:4" },
		maxUploadBytes: 2 * 1024 * 1024,
		uploadDeadlineMs: 30_000,
		corsOrigins: ["https://a.example", "http://localhost:5173"],
	});
});

it("every fault is reported together, naming the variable and its form", () => {
	const message = faultsOf({
		RENDITION_QUALITY: "best",
		RENDITION_CHROMA_SUBSAMPLING: "444",
		MAX_UPLOAD_MIB: "16",
		CORS_ORIGINS: "*",
	});
	expect(message).toContain('RENDITION_QUALITY must be a whole number of quality points from 30 to 100, but is "best"');
	expect(message).toContain('RENDITION_CHROMA_SUBSAMPLING must be 4:2:0 or 4:4:4, but is "444"');
	expect(message).toContain("MAX_UPLOAD_MIB must be a whole number of MiB from 1 to 15");
	expect(message).toContain("CORS_ORIGINS must be origins such as https://example.com");
});

describe("refused", () => {
	it.each([
		["RENDITION_QUALITY", "29"],
		["RENDITION_QUALITY", "101"],
		["RENDITION_QUALITY", ""],
		["RENDITION_QUALITY", "90.5"],
		["RENDITION_QUALITY", "1e2"],
		["RENDITION_SPEED", "5"],
		["RENDITION_MAX_WIDTH", "3841"],
		["RENDITION_MAX_HEIGHT", "-1"],
		["RENDITION_CHROMA_SUBSAMPLING", "4:2:2"],
		["MAX_UPLOAD_MIB", "0"],
		["UPLOAD_DEADLINE_SECONDS", "901"],
		["CORS_ORIGINS", "https://a.example/"],
		["CORS_ORIGINS", "a.example"],
	])("%s=%s", (name, value) => {
		expect(faultsOf({ [name]: value })).toContain(name);
	});
});

it("one environment is parsed once", () => {
	const env = { RENDITION_QUALITY: "80" } as unknown as Env;
	expect(configurationOf(env)).toBe(configurationOf(env));
});
