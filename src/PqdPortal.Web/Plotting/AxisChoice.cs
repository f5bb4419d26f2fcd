namespace PqdPortal.Web.Plotting;

/// <summary>Hears which stretch of its x axis somebody drew up in a figure of the page. Given to the figures below it as a cascading value.</summary>
/// <param name="hear">Takes the figure's address and both ends in the unit of the axis; null for both where the whole axis is shown again.</param>
public sealed class AxisChoice(Func<string, double?, double?, Task> hear)
{
    public Task Hear(string address, double? from, double? to) => hear(address, from, to);
}
