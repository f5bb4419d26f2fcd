using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Cli.Portal;
using PqdPortal.Client;
using PqdPortal.Client.Records;

namespace PqdPortal.Cli.Commands;

/// <summary>pqd runs: the runs of a portal that one may see, newest first.</summary>
public static class RunsCommand
{
    static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web);

    /// <summary>Pages that --all asks for at most.</summary>
    const int MostPages = 5000;

    public static Command Create()
    {
        var search = new Option<string?>("--search") { Description = "A part of the name, dot, sample or formula.", HelpName = "TEXT" };
        var dot = new Option<string?>("--dot") { Description = "Of this dot.", HelpName = "CODE" };
        var sample = new Option<string?>("--sample") { Description = "Of this sample and its dots.", HelpName = "CODE" };
        var reading = new Option<string?>("--reading") { Description = "no-file, waiting, reading, read, stored-unread or failed.", HelpName = "STATE" };
        var sort = new Option<string?>("--sort") { Description = "name, of, measured, g2 or rate; with a minus in front the other way round.", HelpName = "FIELD" };
        var page = new Option<int>("--page") { Description = "Which page.", DefaultValueFactory = _ => 1, HelpName = "N" };
        var all = new Option<bool>("--all") { Description = "All pages, one after the other." };
        var command = new Command("runs", "List the runs of a portal that you may see, newest first.") { search, dot, sample, reading, sort, page, all, PortalOption.Portal };
        command.SetAction(parse => PortalOption.Run(async stop =>
        {
            if (parse.GetValue(page) < 1) throw new RequestException("--page begins with 1.");
            var asked = new RunQuestion
            {
                Search = parse.GetValue(search), Dot = parse.GetValue(dot), Sample = parse.GetValue(sample), Reading = parse.GetValue(reading), Sort = parse.GetValue(sort), Page = parse.GetValue(page),
            };
            using var portal = Logins.Open(parse.GetValue(PortalOption.Portal));
            var (output, json) = (parse.InvocationConfiguration.Output, parse.GetValue(CommandLine.Json));
            var found = await portal.Runs(asked, stop);
            if (json && !parse.GetValue(all))
            {
                output.WriteLine(JsonText.Write(JsonSerializer.SerializeToNode(found, Wire)!));
                return CommandLine.Success;
            }
            // All of them go out as they come: a line each, also as JSON, so that a laboratory of years needs no memory.
            for (var shown = 0; ; asked = asked with { Page = asked.Page + 1 }, found = await portal.Runs(asked, stop))
            {
                foreach (var run in found.Items)
                    output.WriteLine(json ? JsonSerializer.Serialize(run, Wire) : Line(run));
                output.Flush();
                shown += found.Items.Count;
                if (parse.GetValue(all) && found.Items.Count > 0 && found.Page * found.PageSize < found.Total && asked.Page < MostPages) continue;
                if (!json)
                    output.WriteLine(found.Total == 0 ? "No run is like that." : string.Create(CultureInfo.InvariantCulture,
                        $"{shown:N0} of {found.Total:N0} runs{(parse.GetValue(all) || found.Page * found.PageSize >= found.Total ? "" : $"; the next page: --page {found.Page + 1}")}."));
                return CommandLine.Success;
            }
        }));
        return command;
    }

    static string Line(RunRecord run) =>
        $"{run.Id}  {PortalOption.Time(run.MeasuredAt ?? run.CreatedAt)}  {(run.Dot ?? run.Sample ?? "inbox"),-20}  {run.Reading,-12}  {PortalOption.Plain(run.Name)}{(run.Simulated ? "  (simulated)" : "")}";
}
