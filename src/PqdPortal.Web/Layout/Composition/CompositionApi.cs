using System.ComponentModel;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Composition;
using PqdPortal.Client;
using PqdPortal.Client.Records;

namespace PqdPortal.Web.Layout.Composition;

/// <summary>Perovskite formulas over HTTP: what they say, and where a dot of one should emit. Nothing is recorded.</summary>
static class CompositionApi
{
    /// <summary>As many formulas are read at once.</summary>
    const int Most = 100;

    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/composition").RequireAuthorization().DisableAntiforgery().WithTags("Composition");

        api.MapGet("", ([Description("A formula as written, such as Cs0.2FA0.8PbBr3; f may stand up to 100 times")] string[] f, [Description("A formula that the distance of each is told to")] string? reference, CancellationToken stop) =>
            f.Length is 0 or > Most ? RecordAnswers.Wrong($"Name between 1 and {Most} formulas, as in f=CsPbBr3&f=CsPbI3.")
            : Answer(() => CompositionReports.Parse(new CompositionParseOptions { Formulas = f, Reference = string.IsNullOrEmpty(reference) ? null : reference }, stop)))
            .WithName("readFormulas").WithSummary("Canonical form, sites, charges, molar mass, class and tolerance factors of formulas, or where one cannot be read and what may be meant").Produces<ReportRecord>();

        api.MapGet("/estimate", ([Description("A formula as written")] string formula, [Description("Edge of the cube [nm], 0.1 to 1 000 000; the bulk where it is absent")] double? edge,
            [Description("Temperature [K], 0 to 1000; 300 where it is absent")] double? temperature) =>
            edge is { } length && length is not (>= 0.1 and <= 1e6) ? RecordAnswers.Wrong("The edge is between 0.1 and 1 000 000 nm.")
            : temperature is { } kelvin && kelvin is not (>= 0 and <= 1000) ? RecordAnswers.Wrong("The temperature is between 0 and 1000 K.")
            : Answer(() => CompositionReports.Estimate(new CompositionEstimateOptions { Formula = formula, Edge = edge, Temperature = temperature ?? 300 })))
            .WithName("estimateEmission").WithSummary("Where a lead halide dot of this composition and size should emit, with its uncertainty; an estimate, not a measurement").Produces<ReportRecord>();
    }

    static IResult Answer(Func<AnalysisReport> report)
    {
        try
        {
            return Results.Bytes(ReportJson.Bytes(report(), Software.Name), "application/json");
        }
        catch (RequestException refused)
        {
            return RecordAnswers.Wrong(refused.Message);
        }
    }
}
