/** `/dashboard/sources`: sites that pictures are imported from. */
import { databaseOf } from "../../api/context.ts";
import { listSources, type SourceState } from "../../db/visits.ts";
import { configurationOf, type ImportSettings } from "../../env.ts";
import { callApi } from "../call-api.ts";
import { createPages } from "../context.ts";
import { usePage } from "../layout/page-context.ts";
import { renderPage } from "../layout/render-page.tsx";
import { ActionForm } from "../parts/form.tsx";
import { Live } from "../parts/live.tsx";
import { ColumnHeads, Empty, PageHead, TableFrame } from "../parts/page-parts.tsx";
import { inCount, inDuration } from "../parts/units.ts";
import { Moment, State } from "../parts/values.tsx";
import { done, refused } from "../session/notice.ts";
import { onSubmit } from "../session/on-submit.ts";

export const sourcePages = createPages();

const PATH = "/dashboard/sources";

sourcePages.get(PATH, async (c) => {
	const sources = await listSources(databaseOf(c), Date.now());
	const settings = configurationOf(c.env).imports;
	return renderPage(c, { title: "Sources", section: "Sources" }, <SourcesPage sources={sources} settings={settings} />);
});

onSubmit(sourcePages, `${PATH}/:host/reopen`, { name: "source.reopen" }, async (c) => {
	const host = c.req.param("host") ?? "";
	const answer = await callApi(c, "POST", `/v1/sources/${encodeURIComponent(host)}/reopen`);
	return answer.isOk ? done(c, PATH, `${host} may be visited again.`) : refused(c, PATH, answer.error);
});

function SourcesPage({ sources, settings }: { sources: readonly SourceState[]; settings: ImportSettings }) {
	const { maxAtOnce, pauseMs, allowedHosts } = settings;
	const allowed = allowedHosts.map(({ host, pathPrefix }) => (pathPrefix === "/" ? host : host + pathPrefix));
	return (
		<>
			<PageHead
				title="Sources"
				lead={`Sites that pictures are imported from: at most ${maxAtOnce} visits at once, ${inDuration(pauseMs)} between two. Allowed: ${allowed.join(", ") || "none"}.`}
			/>
			<Live id="sources">
				{sources.length === 0 ? <Empty>Nothing has been imported yet.</Empty> : <SourceTable sources={sources} />}
			</Live>
		</>
	);
}

function SourceTable({ sources }: { sources: readonly SourceState[] }) {
	return (
		<TableFrame label="Sources">
			<table class="dense">
				<ColumnHeads
					of={[
						"Host",
						"State",
						["Visiting", "number"],
						["Waiting", "number"],
						"Last success",
						"Last failure",
						["Failures in a row", "number"],
						["Actions", "hidden"],
					]}
				/>
				<tbody>
					{sources.map((source) => (
						<SourceRow source={source} />
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}

function SourceRow({ source }: { source: SourceState }) {
	const { now } = usePage();
	const { host, closedUntil, failuresInRow, lastError, lastFailureAt, lastSuccessAt, visiting, waiting } = source;
	const isClosed = closedUntil > now;
	return (
		<tr id={`source-${host}`}>
			<th scope="row">{host}</th>
			<td>
				<State of={isClosed ? "closed" : "open"} />
				{isClosed && (
					<div class="hint">
						opens <Moment at={closedUntil} />
					</div>
				)}
			</td>
			<td class="number">{inCount(visiting)}</td>
			<td class="number">{inCount(waiting)}</td>
			<td>
				<Moment at={lastSuccessAt} />
			</td>
			<td>
				<Moment at={lastFailureAt} />
				{lastError && <div class="hint">{`${lastError.code}: ${lastError.detail}`}</div>}
			</td>
			<td class="number">{inCount(failuresInRow)}</td>
			<td>
				{isClosed && <ActionForm action={`${PATH}/${host}/reopen`} label="Reopen" description={`Reopen ${host}`} />}
			</td>
		</tr>
	);
}
