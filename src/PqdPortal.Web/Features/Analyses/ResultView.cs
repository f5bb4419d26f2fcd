using PqdPortal.Client;
using PqdPortal.Analysis;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>A finished result as its page shows it: handed to the component that knows its kind.</summary>
public sealed record ResultView(AnalysisView Of, AnalysisReport Report, FigureView View)
{
    public Guid Id => Of.Analysis.Id;

    /// <summary>Where the figure of a curve lies, in the view of the page.</summary>
    public string Figure(string curve) => $"{RestApi.Relative}/analyses/{Id}/figures/{curve}{View.Query}";

    /// <summary>The same figure as the portal draws it.</summary>
    public string Svg(string curve) => $"{RestApi.Relative}/analyses/{Id}/figures/{curve}.svg{View.Query}";

    public string Csv(string curve) => $"{RestApi.Relative}/analyses/{Id}/curves/{curve}.csv";

    /// <summary>The page in another view.</summary>
    public string Address(FigureView view) => $"a/{Id}{view.Query}";
}
