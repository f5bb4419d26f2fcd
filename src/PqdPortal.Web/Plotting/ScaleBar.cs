using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Plotting;

/// <summary>A bar of a round length in an image.</summary>
/// <param name="Length">[m]</param>
/// <param name="Share">Of the width of the image, 0..1.</param>
public sealed record ScaleBar(double Length, double Share)
{
    public string Words => Numbers.Suited(Length, "m", 3);

    /// <summary>The longest of 1, 2, 5 times a power of ten that takes at most a quarter of the width; null where there is no length.</summary>
    /// <param name="width">Of the whole image [m].</param>
    public static ScaleBar? Of(double width)
    {
        if (!double.IsFinite(width) || width is not (> 1e-15 and < 1e6)) return null;
        var power = Math.Pow(10, Math.Floor(Math.Log10(width / 4)));
        // A hair below a round number is that number: 5 nm of 20 nm.
        var length = power * (width / 4 / power * (1 + 1e-9)) switch { >= 5 => 5, >= 2 => 2, _ => 1 };
        return new(length, length / width);
    }
}
