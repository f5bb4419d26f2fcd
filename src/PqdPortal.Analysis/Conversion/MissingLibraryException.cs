namespace PqdPortal.Analysis.Conversion;

/// <summary>A library of the system that a conversion needs is not there; the message says how to install it.</summary>
public sealed class MissingLibraryException(string message) : PqdException(message);
