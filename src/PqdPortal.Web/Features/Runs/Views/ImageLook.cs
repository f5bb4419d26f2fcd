using System.Globalization;

namespace PqdPortal.Web.Features.Runs.Views;

/// <summary>How an image is looked at; all of it stands in the address.</summary>
/// <param name="Image">Number of the image, from 1.</param>
/// <param name="Frame">Number of its frame, from 1.</param>
/// <param name="Clip">Share of pixels beyond black and beyond white.</param>
public sealed record ImageLook(int Image = 1, int Frame = 1, double Clip = ImageLook.UsualClip)
{
    /// <summary>A hot pixel or two in a thousand must not darken the rest.</summary>
    public const double UsualClip = 0.005;

    public string Query => string.Create(CultureInfo.InvariantCulture, $"?image={Image}&frame={Frame}&clip={Clip}");
}
