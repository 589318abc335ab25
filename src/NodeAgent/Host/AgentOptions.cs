using System.Globalization;
using System.Text.RegularExpressions;
using StreamClips.NodeAgent.ControlLink;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared;
using StreamClips.Shared.Hosting;
using StreamClips.Shared.Trust;
using StreamClips.Storage;

namespace StreamClips.NodeAgent.Host;

/// <summary>Everything that an agent is told, read from its environment.</summary>
public sealed partial record AgentOptions
{
    /// <summary>Where the agent keeps its data: NODE_DIRECTORY, without links, as the workers below it are looked for in /proc.</summary>
    public required string Directory { get; init; }

    /// <summary>Workers end with the agent: STOP_WORKERS_ON_EXIT.</summary>
    public bool StopWorkersOnExit { get; init; }

    /// <summary>How workers are run.</summary>
    public required WorkerOptions Workers { get; init; }

    /// <summary>How the control plane is reached.</summary>
    public required LinkOptions Link { get; init; }

    /// <summary>Where clips go.</summary>
    public required ShippingOptions Shipping { get; init; }

    /// <summary>What must stay free of the node's disk: DISK_FLOOR.</summary>
    public DiskFloor DiskFloor { get; init; } = DiskFloor.Default;

    /// <summary>Who looks after the agent: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID.</summary>
    public ServiceManager Service { get; init; } = new((ServiceSocket?)null);

    /// <summary>Reads the options.</summary>
    /// <param name="environment">The environment variables.</param>
    /// <returns>The options, or every fault: the variable, its value, and what to give instead.</returns>
    public static (AgentOptions? Options, IReadOnlyList<string> Faults) FromEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        var reader = new EnvironmentReader(environment);
        var addresses = reader.Addresses("CONTROL_PLANE_URL", "the control plane's address for agents, as https://control.example:9443");
        var node = reader.Text("INSTANCE_ID", "the node's name, 1 to 63 of a-z, 0-9 and '-'", NodeName().IsMatch);
        var given = reader.Text("NODE_DIRECTORY", "the directory for the agent's data", Path.IsPathRooted, "it must be an absolute path");
        var storage = StorageSettings.Read(environment.GetValueOrDefault, "", null, given, null, reader.Faults);
        var worker = reader.File("CLIP_WORKER", "the worker's executable or dll");
        var capacity = reader.Number("NODE_CAPACITY", 1, 10_000, absent: 8);
        var limits = new WorkerLimits(
            reader.Limit("WORKER_MEMORY_MIB", 64, 1 << 20, absent: 2048), reader.Limit("WORKER_CPU_PERCENT", 5, 100_000, absent: 0), reader.Limit("WORKER_PROCESSES", 32, 1 << 20, absent: 2048));
        var logLines = reader.Limit("WORKER_LOG_LINES_PER_S", 1, 1_000_000, absent: 500) ?? 0;
        var cgroups = reader.Flag("WORKER_CGROUPS", absent: true);
        var bytesPerSecond = reader.Number("STORAGE_BYTES_PER_SECOND", 0, int.MaxValue, absent: 0);
        var spool = reader.Parsed("SPOOL_LIMIT", SpoolLimit.Parse, DiskAmount.Remedy, SpoolLimit.Default);
        var floor = reader.Parsed("DISK_FLOOR", DiskFloor.Parse, DiskFloor.Remedy, DiskFloor.Default);
        var stop = reader.Flag("STOP_WORKERS_ON_EXIT", absent: false);
        var service = reader.Service();
        var removeToken = reader.Flag("JOIN_TOKEN_REMOVE", absent: false);
        var token = environment.GetValueOrDefault("JOIN_TOKEN_FILE", "") is { Length: > 0 } file ? Path.GetFullPath(file) : null;
        var directory = reader.RealDirectory("NODE_DIRECTORY", given);
        if (reader.Faults.Count > 0) return (null, reader.Faults);
        return (new()
        {
            Directory = directory,
            StopWorkersOnExit = stop,
            DiskFloor = floor,
            Service = service,
            Workers = new() { Directory = Path.Combine(directory, "workers"), Command = Path.GetFullPath(worker), Environment = WorkerOptions.Allowed(environment, Path.Combine(directory, "renditions.lock"), Path.Combine(directory, "chat-joins"), Path.Combine(directory, RecordingGate.FileName)), Limits = limits, Cgroups = cgroups, LogRate = new(logLines, 20 * logLines) },
            Link = new() { ControlPlanes = addresses, JoinTokenFile = token, RemoveJoinToken = removeToken, NodeId = node, Capacity = capacity },
            Shipping = new() { Storage = storage!, BytesPerSecond = bytesPerSecond, Spool = spool },
        }, []);
    }

    [GeneratedRegex("^[a-z0-9-]{1,63}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NodeName();

    /// <summary>Reads variables and gathers what is wrong with them.</summary>
    private sealed class EnvironmentReader(IReadOnlyDictionary<string, string> environment)
    {
        public List<string> Faults { get; } = [];

        public string Text(string name, string what, Func<string, bool> good, string? remedy = null)
        {
            var value = environment.GetValueOrDefault(name, "");
            if (value.Length == 0) Faults.Add($"{name} is not set: give {what}");
            else if (!good(value)) Faults.Add($"{name} is '{value}': {remedy ?? $"give {what}"}");
            return value;
        }

        public string File(string name, string what) => Text(name, what, System.IO.File.Exists, "there is no such file");

        public string RealDirectory(string name, string path)
        {
            if (!Path.IsPathRooted(path)) return path;
            try
            {
                return RealPath.Of(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Faults.Add($"{name} is '{path}', which cannot be looked up: {e.Message}");
                return path;
            }
        }

        public IReadOnlyList<Uri> Addresses(string name, string what)
        {
            if (Text(name, what, _ => true) is not { Length: > 0 } value) return [];
            var (addresses, faults) = AgentsAddresses.Read(name, value);
            Faults.AddRange(faults);
            return addresses;
        }

        public int Number(string name, int least, int most, int absent)
        {
            if (environment.GetValueOrDefault(name, "") is not { Length: > 0 } value) return absent;
            if (int.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
            Faults.Add($"{name} is '{value}': give a whole number from {least} to {most}");
            return absent;
        }

        /// <returns>Null where it is 0: no limit.</returns>
        public int? Limit(string name, int least, int most, int absent)
        {
            if (environment.GetValueOrDefault(name, "") == "0") return null;
            return Number(name, least, most, absent) is > 0 and var limit ? limit : null;
        }

        public T Parsed<T>(string name, Func<string, T?> parse, string remedy, T absent)
            where T : class
        {
            if (environment.GetValueOrDefault(name, "") is not { Length: > 0 } value) return absent;
            if (parse(value) is { } parsed) return parsed;
            Faults.Add($"{name} is '{value}': {remedy}");
            return absent;
        }

        public ServiceManager Service()
        {
            string Value(string name) => environment.GetValueOrDefault(name, "");
            var (manager, faults) = ServiceManager.Read(Value("NOTIFY_SOCKET"), Value("WATCHDOG_USEC"), Value("WATCHDOG_PID"), System.Environment.ProcessId);
            Faults.AddRange(faults);
            return manager;
        }

        public bool Flag(string name, bool absent)
        {
            switch (environment.GetValueOrDefault(name, ""))
            {
                case "": return absent;
                case "true" or "1": return true;
                case "false" or "0": return false;
                case var value:
                    Faults.Add($"{name} is '{value}': give true or false");
                    return absent;
            }
        }
    }
}
