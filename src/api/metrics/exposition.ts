/**
 * Prometheus' text format, version 0.0.4.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */

export interface Sample {
	labels: Record<string, string>;
	value: number;
	/** Of a histogram: `_bucket`, `_sum` or `_count`. */
	suffix?: string;
}

export interface Metric {
	name: string;
	help: string;
	type: "counter" | "gauge" | "histogram";
	samples: Sample[];
}

/** Metrics without samples are left out. */
export const writeExposition = (metrics: readonly Metric[]): string =>
	metrics
		.filter(({ samples }) => samples.length > 0)
		.map(writeMetric)
		.join("");

function writeMetric({ name, help, type, samples }: Metric): string {
	const lines = samples.map(
		({ labels, value, suffix = "" }) => `${name}${suffix}${writeLabels(labels)} ${writeNumber(value)}`,
	);
	return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

function writeLabels(labels: Record<string, string>): string {
	const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
	return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escapeHelp = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');

const writeNumber = (value: number): string => (Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "NaN");
