using Microsoft.Extensions.Configuration;
using PqdPortal.Data;

namespace PqdPortal.Jobs.Telemetry;

/// <summary>Where figures and traces of this process are sent; the section <c>Portal:Telemetry</c>. Without an endpoint nothing is.</summary>
public sealed record TelemetryOptions
{
    public const string Section = "Portal:Telemetry";

    /// <summary>The variable that every program with OpenTelemetry understands; it switches on as well.</summary>
    internal const string Usual = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Address of an OpenTelemetry collector, such as http://localhost:4317; empty for none.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>grpc or http/protobuf.</summary>
    public string Protocol { get; init; } = "grpc";

    /// <summary>How often figures are sent [s].</summary>
    public double Seconds { get; init; } = 60;

    /// <exception cref="PortalStartException">An option is unknown or wrong.</exception>
    public static TelemetryOptions From(IConfiguration configuration)
    {
        var options = OptionSection.Read<TelemetryOptions>(configuration, Section);
        OptionSection.Between(Section, nameof(Seconds), options.Seconds, 0.1, 3600);
        if (options.Endpoint.Length > 0 && !(Uri.TryCreate(options.Endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            throw new PortalStartException($"{Section}:{nameof(Endpoint)} is \"{options.Endpoint}\"; expected is the address of an OpenTelemetry collector, such as http://localhost:4317.");
        if (options.Protocol is not ("grpc" or "http/protobuf"))
            throw new PortalStartException($"{Section}:{nameof(Protocol)} is \"{options.Protocol}\"; expected is grpc or http/protobuf.");
        return options;
    }
}
