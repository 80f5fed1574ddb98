# One line in: {folder, mode}; one line out: the variables that the dotenv gem gives a Rails program, or {error}.
require "dotenv"
require "json"
clean = ENV.to_h
STDIN.each_line do |line|
  asked = JSON.parse(line)
  ENV.replace(clean)
  mode = asked["mode"]
  # The order of lib/dotenv/rails.rb; what is set already stays.
  names = [(".env.#{mode}.local" unless mode.empty?), (".env.local" unless mode == "test"), (".env.#{mode}" unless mode.empty?), ".env"].compact
  answer = begin
    Dotenv.load(*names.map { |name| File.join(asked["folder"], name) })
    ENV.to_h.reject { |name, _| clean.key?(name) }
  rescue StandardError => e
    { "error" => e.class.name }
  end
  puts JSON.generate(answer)
  STDOUT.flush
end
